"""RTF as blocks: a scanner over control words and groups, made for files that no program wrote on purpose.

What is not text (fonts, colours, pictures, unknown destinations) is stepped over, as the format asks readers to do.
Of an HTML mail wrapped in RTF the text is read and the tags are not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from extraction.errors import PermanentError
from extraction.readers.code_pages import of_charset, python_name
from extraction.readers.rtf_document import Document, Embedded, RtfText, Sink
from extraction.readers.rtf_words import CHARACTERS, INFO, KEPT, RUNNING, SKIPPED, SYMBOLS, TIME_PARTS, TIMES

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\(.)|([{}])|[\r\n\x00]+|([^\\{}\r\n\x00]+)|\\", re.S
)
_NO_DIGIT = re.compile(rb"[^0-9A-Fa-f]")
MAX_DEPTH = 2000
MAX_PICTURE_HEX = 128 << 20
# Destinations with a text of their own, beside headers and footers.
_ASIDE = {"footnote", "annotation", "shptxt", "dptxbxtext", "atnauthor"}


@dataclass(frozen=True)
class _State:
    """What holds in a group. `fallback`: how many characters follow a Unicode one for readers that know none."""

    sink: Sink
    codec: str = "cp1252"
    fallback: int = 1
    hidden: bool = False
    deleted: bool = False
    in_table: bool = False
    rtf_only: bool = False


def read_rtf(data: bytes) -> RtfText:
    """The text of an RTF file. Raises PermanentError(corrupt) if it is none or nests without end."""
    if not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{\\rtf"):
        raise PermanentError("corrupt", "no RTF")
    scanner = _Scanner()
    scanner.scan(data)
    return scanner.finish()


class _Scanner:
    def __init__(self) -> None:
        self.document = Document()
        self.state = _State(self.document.body)
        self.stack: list[_State] = []
        self.fonts: dict[int, str] = {}
        self.codec, self.font = "cp1252", 0
        # Text that is not decoded yet: characters of several bytes come apart.
        self.bytes = bytearray()
        self.to_skip = 0
        self.ignorable = self.at_start = self.from_html = False

    def scan(self, data: bytes) -> None:
        at, size = 0, len(data)
        while at < size:
            token = _TOKEN.match(data, at)
            if token is None:
                return
            at = token.end()
            word, value, code, symbol, brace, text = token.groups()
            if word is not None:
                number = int(value) if value is not None else None
                if word == b"bin":
                    at += max(0, number or 0)
                else:
                    self._word(word.decode("ascii"), number)
            elif text is not None:
                self._text(text)
            elif code is not None:
                self._byte(bytes([int(code, 16)]))
            elif brace is not None:
                self._open() if brace == b"{" else self._close()
                if not self.stack and brace == b"}":
                    return
            elif symbol is not None:
                self._symbol(symbol.decode("latin-1"))

    def finish(self) -> RtfText:
        self._flush()
        return self.document.finish()

    def in_body(self) -> bool:
        return self.state.sink is self.document.body

    def set_state(self, **change: bool | int | str) -> None:
        self.state = replace(self.state, **change)  # type: ignore[arg-type]  # names are those of the table below

    def _open(self) -> None:
        self._flush()
        if len(self.stack) > MAX_DEPTH:
            raise PermanentError("corrupt", "nesting")
        self.stack.append(self.state)
        self.ignorable, self.at_start, self.to_skip = False, True, 0

    def _close(self) -> None:
        self._flush()
        if not self.stack:
            return
        before = self.stack.pop()
        ended, self.state = self.state.sink, before
        self.ignorable = self.at_start = False
        if ended is not before.sink:
            self.document.end_destination(ended, before.sink)

    def _text(self, text: bytes) -> None:
        self.at_start = False
        sink = self.state.sink
        if sink.embedded is not None:
            if len(sink.embedded.digits) < MAX_PICTURE_HEX:
                sink.embedded.digits += _NO_DIGIT.sub(b"", text)
        elif sink.kind != "skip":
            skipped = min(self.to_skip, len(text))
            self.to_skip -= skipped
            self.bytes += text[skipped:]

    def _byte(self, byte: bytes) -> None:
        self.at_start = False
        if self.to_skip:
            self.to_skip -= 1
        elif self.state.sink.kind != "skip" and self.state.sink.embedded is None:
            self.bytes += byte

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.ignorable = True
        elif symbol in "\r\n":
            self._word("par", None)
        elif self.to_skip:
            self.to_skip -= 1
        elif symbol in SYMBOLS:
            self.at_start = False
            self._put(SYMBOLS[symbol])

    def _word(self, word: str, number: int | None) -> None:
        may_say, self.at_start = self.at_start or self.ignorable, False
        ignorable, self.ignorable = self.ignorable, False
        if may_say and self._destination(word, ignorable):
            return
        self.to_skip = 0
        if word == "u" and number is not None:
            self._put(chr(number & 0xFFFF))
            self.to_skip = self.state.fallback
        elif self.state.sink.kind == "skip" and word not in ("f", "fcharset"):
            return
        elif word in CHARACTERS:
            self._put(CHARACTERS[word])
        elif action := _ACTIONS.get(word):
            self._flush()
            action(self, number)
        elif word in TIME_PARTS:
            self.document.times[word] = number or 0

    def _flush(self) -> None:
        if self.bytes:
            text = bytes(self.bytes).decode(self.state.codec, "replace")
            self.bytes.clear()
            self._keep(text)

    def _put(self, text: str) -> None:
        self._flush()
        if text:
            self._keep(text)

    def _keep(self, text: str) -> None:
        state = self.state
        if state.sink.kind == "skip" or (state.rtf_only and self.from_html):
            return
        if state.deleted and self.in_body():
            self.document.gone.append(text)
        elif state.hidden and self.in_body():
            self.document.hidden.append(text)
        else:
            state.sink.parts.append(text)

    def _destination(self, word: str, ignorable: bool) -> bool:
        """Whether this control word at a group's start says what the group is."""
        if word in RUNNING or word in _ASIDE:
            self._turn(Sink(word))
        elif word in INFO or word in TIMES:
            self._turn(Sink(f"info:{word}"))
            self.document.times = {}
        elif word in ("pict", "objdata"):
            self._turn(Sink(word, embedded=Embedded(word)))
        elif word == "ud":
            outer = next((s.sink for s in reversed(self.stack) if s.sink.kind != "skip"), self.document.body)
            self.set_state(sink=outer)  # type: ignore[arg-type]
        elif word in SKIPPED or (ignorable and word not in KEPT and self.stack):
            self._turn(Sink("skip"))
        else:
            return False
        return True

    def _turn(self, sink: Sink) -> None:
        if self.state.sink.kind == "skip":
            sink = Sink("skip")
        self.state = replace(self.state, sink=sink, hidden=False, in_table=False)

    # Control words

    def paragraph(self, _: int | None = None) -> None:
        if self.in_body() and not self.state.in_table:
            self.document.end_paragraph()
        else:
            self.state.sink.parts.append("\n")

    def section(self, _: int | None) -> None:
        if self.in_body():
            self.document.end_paragraph()
            self.document.new_page = True

    def page_before(self, number: int | None) -> None:
        if self.in_body():
            self.document.new_page = self.document.new_page or number != 0

    def no_break(self, _: int | None) -> None:
        self.document.new_page = False

    def cell(self, _: int | None) -> None:
        if self.in_body():
            self.document.end_cell()

    def end_row(self, _: int | None) -> None:
        if self.in_body():
            self.document.end_row()

    def set_code_page(self, number: int | None) -> None:
        self.codec = python_name(number or 1252)
        self.set_state(codec=self.codec)

    def set_font(self, number: int | None) -> None:
        self.font = number or 0
        self.set_state(codec=self.fonts.get(self.font, self.codec))

    def set_font_charset(self, number: int | None) -> None:
        if codec := of_charset(number or 0):
            self.fonts[self.font] = codec

    def plain(self, _: int | None) -> None:
        self.set_state(hidden=False, deleted=False, codec=self.codec)

    def revised(self, _: int | None) -> None:
        self.document.warn("tracked_changes")

    def mark_html(self, number: int | None) -> None:
        self.from_html = number != 0


_ACTIONS: dict[str, Callable[[_Scanner, int | None], None]] = {
    "par": _Scanner.paragraph,
    "cell": _Scanner.cell,
    "row": _Scanner.end_row,
    "sect": _Scanner.section,
    "sbknone": _Scanner.no_break,
    "pagebb": _Scanner.page_before,
    "ansicpg": _Scanner.set_code_page,
    "mac": lambda s, _: s.set_code_page(10000),
    "pc": lambda s, _: s.set_code_page(437),
    "pca": lambda s, _: s.set_code_page(850),
    "f": _Scanner.set_font,
    "fcharset": _Scanner.set_font_charset,
    "plain": _Scanner.plain,
    "v": lambda s, n: s.set_state(hidden=n != 0),
    "deleted": lambda s, n: s.set_state(deleted=n != 0),
    "revised": _Scanner.revised,
    "intbl": lambda s, _: s.set_state(in_table=True),
    "pard": lambda s, _: s.set_state(in_table=False),
    "uc": lambda s, n: s.set_state(fallback=min(max(n or 0, 0), 10)),
    "fromhtml": _Scanner.mark_html,
    "htmlrtf": lambda s, n: s.set_state(rtf_only=n != 0),
}
