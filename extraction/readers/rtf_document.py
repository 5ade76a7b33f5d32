"""An RTF document while it is read: paragraphs, rows, notes and facts, put together from the text of its groups."""

from dataclasses import dataclass, field, replace

from extraction.readers.flow_pages import Block, row
from extraction.readers.rtf_words import META, RUNNING, TIMES

MAX_EMBEDDED = 500


@dataclass
class Embedded:
    """Hex digits of a picture or an object, until someone asks for its bytes."""

    kind: str
    digits: bytearray = field(default_factory=bytearray)

    def data(self) -> bytes:
        digits = bytes(self.digits)
        return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))


@dataclass
class Sink:
    """Where text goes: the body, a note, a header, a fact. `kind` is "skip" for what is nobody's text."""

    kind: str
    parts: list[str] = field(default_factory=list)
    embedded: Embedded | None = None

    def take(self) -> str:
        """The text so far; characters beyond the first plane come as two halves, and are made one."""
        text, self.parts = "".join(self.parts), []
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass
class RtfText:
    """What an RTF file says. `warnings` are codes."""

    blocks: list[Block] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    embedded: list[Embedded] = field(default_factory=list)


@dataclass
class Document:
    """`gone` and `hidden`: text of the paragraph at hand that was deleted or is not shown."""

    found: RtfText = field(default_factory=RtfText)
    body: Sink = field(default_factory=lambda: Sink("body"))
    gone: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    new_page: bool = False
    times: dict[str, int] = field(default_factory=dict)
    _cells: list[str] = field(default_factory=list)
    _table: int = 1
    _in_rows: bool = False
    _feet: list[Block] = field(default_factory=list)
    _notes: int = 0
    _author: str = ""
    _running: dict[str, list[Block]] = field(default_factory=lambda: {"header": [], "footer": []})

    def end_paragraph(self) -> None:
        self._leave_table()
        self.found.blocks.append(Block(self.body.take(), new_page=self.new_page))
        self.new_page = False
        self._end_feet()

    def end_cell(self) -> None:
        self._cells.append(self.body.take().strip())

    def end_row(self) -> None:
        rest = self.body.take().strip()
        self._cells += [rest] if rest else []
        if any(self._cells):
            self.found.blocks.append(replace(row(self._cells), table=self._table))
            self._in_rows = True
        self._cells = []
        self._end_feet()

    def end_destination(self, sink: Sink, outer: Sink) -> None:
        """A group that was a note, a header, a fact or an object has ended, within text that goes to `outer`."""
        if sink.embedded is not None:
            if sink.embedded.digits and len(self.found.embedded) < MAX_EMBEDDED:
                self.found.embedded.append(sink.embedded)
            return
        text = "" if sink.kind == "skip" else sink.take().strip()
        if sink.kind.startswith("info:"):
            self._fact(sink.kind.removeprefix("info:"), text)
        elif not text:
            return
        elif sink.kind == "atnauthor":
            self._author = text
        elif sink.kind == "footnote":
            self._notes += 1
            outer.parts.append(f"[{self._notes}]")
            self._feet.append(Block(f"[{self._notes}] {text}", foot=True, mark="note"))
        elif sink.kind == "annotation":
            self.warn("comments")
            by, self._author = (f" by {self._author}" if self._author else ""), ""
            self._feet.append(Block(f"[Comment{by}: {text}]", foot=True, mark="comment"))
        elif sink.kind in RUNNING:
            kind = sink.kind[:6]
            if all(block.text != text for block in self._running[kind]):
                self._running[kind].append(Block(text, mark=kind))
        else:
            self._feet.append(Block(text))

    def finish(self) -> RtfText:
        """What was found, when the file has ended, in whatever state."""
        rest = self.body.take()
        self._leave_table()
        if rest.strip():
            self.found.blocks.append(Block(rest, new_page=self.new_page))
        self._end_feet()
        self.found.blocks = self._running["header"] + self.found.blocks + self._running["footer"]
        return self.found

    def warn(self, code: str) -> None:
        """Add a warning once."""
        if code not in self.found.warnings:
            self.found.warnings.append(code)

    def _leave_table(self) -> None:
        if any(self._cells):
            self.found.blocks.append(replace(row(self._cells), table=self._table))
        if self._in_rows or self._cells:
            self._cells, self._in_rows = [], False
            self._table += 1

    def _end_feet(self) -> None:
        self.found.blocks += self._feet
        self._feet = []
        if gone := "".join(self.gone).strip():
            self.warn("tracked_changes")
            self.found.blocks.append(Block(f"[Deleted: {gone}]", foot=True, mark="hidden", value="deleted"))
        if hidden := "".join(self.hidden).strip():
            self.warn("hidden_text")
            self.found.blocks.append(Block(f"[Hidden text: {hidden}]", foot=True, mark="hidden", value="invisible"))
        self.gone, self.hidden = [], []

    def _fact(self, word: str, text: str) -> None:
        if word in TIMES:
            year, month, day = (self.times.get(part, 0) for part in ("yr", "mo", "dy"))
            if 1900 < year < 3000 and 0 < month < 13 and 0 < day < 32:
                hour, minute = self.times.get("hr", 0) % 24, self.times.get("min", 0) % 60
                self.found.meta[TIMES[word]] = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:00"
        elif text:
            self.found.meta[META.get(word, word)] = text
