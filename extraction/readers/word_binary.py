"""Word 97–2003 documents (DOC), and those of Word 6 and 95: text, tables, notes, comments, headers.

Tracked deletions and hidden text are kept at the foot of their page and marked, as in DOCX.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import ole_file, ole_object, ole_properties, word_runs
from extraction.readers.base import Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver, row
from extraction.readers.word_pieces import Text, assemble, decode, joined
from extraction.readers.word_runs import BREAK_BEFORE, DELETED, HIDDEN, IN_TABLE, ROW_END, Runs

_WORD97 = 0xC1
_ENCRYPTED, _TABLE1, _FAST_SAVED = 0x0100, 0x0200, 0x0004
# Offsets in the file information block: positions of list and size of each table, then counts of characters.
_CHPX, _PAPX, _CLX, _CLX95 = 0xFA, 0x102, 0x1A2, 0x160
_FOOTNOTES, _ENDNOTES, _COMMENTS = (0xAA, 0xB2), (0x20A, 0x212), (0xBA, 0xC2)
_COUNTS = 0x4C
# Languages whose Word 6 used another code page than Latin.
_LANGUAGES = {0x19: "cp1251", 0x22: "cp1251", 0x02: "cp1251", 0x15: "cp1250", 0x05: "cp1250", 0x0E: "cp1250"}
_LANGUAGES |= {0x08: "cp1253", 0x1F: "cp1254", 0x0D: "cp1255", 0x01: "cp1256", 0x18: "cp1250", 0x1B: "cp1250"}
_FIELD_BEGIN, _FIELD_MIDDLE, _FIELD_END = "\x13", "\x14", "\x15"
_CHARACTERS = {"\x0b": "\n", "\x0e": "\n", "\x1e": "-"} | dict.fromkeys("\x00\x01\x02\x03\x04\x05\x08\x1f", "")
_PARAGRAPH_ENDS = "\r\x07\x0c"


@dataclass
class Story:
    """The document's text with what belongs to positions in it. Parts follow one another in `text`."""

    text: Text
    characters: Runs = field(default_factory=Runs)
    paragraphs: Runs = field(default_factory=Runs)
    main: int = 0
    notes: dict[int, Block] = field(default_factory=dict)
    endnotes: list[Block] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a document, then its embedded files. Raises PermanentError(encrypted | corrupt)."""
    with ole_file.open_ole(file) as ole:
        if not ole.exists("WordDocument"):
            raise PermanentError("corrupt", "no document")
        document = ole_file.stream(ole, "WordDocument")
        if len(document) < 0x200:
            raise PermanentError("corrupt", "short")
        version, flags = struct.unpack_from("<H", document, 2)[0], struct.unpack_from("<H", document, 10)[0]
        if flags & _ENCRYPTED:
            if version < _WORD97:
                raise PermanentError("encrypted")
            yield from _decrypted(file, options)
            return
        if version < _WORD97:
            story = _word95(document, flags)
        else:
            name = "1Table" if flags & _TABLE1 else "0Table"
            story = _word97(document, ole_file.stream(ole, name))
        flow = Flow((), ole_properties.meta(ole))
        flow.blocks = _blocks(story, flow)
        yield from deliver(flow, options)
        yield from ole_object.members(ole)


def _decrypted(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    from extraction.readers.office_encrypted import decrypted

    plain = decrypted(file, options.password)
    with ole_file.open_ole(plain) as ole:
        if struct.unpack_from("<H", ole_file.stream(ole, "WordDocument"), 10)[0] & _ENCRYPTED:
            raise PermanentError("encrypted")
    yield from read(io.BytesIO(plain.getvalue()) if isinstance(plain, io.BytesIO) else plain, options)


def _word97(document: bytes, table: bytes) -> Story:
    def part(at: int) -> tuple[int, int]:
        return struct.unpack_from("<II", document, at)

    at, size = part(_CLX)
    text = assemble(document, table[at : at + size], "cp1252", unicode_pieces=True)
    counts = struct.unpack_from("<8i", document, _COUNTS)
    main, footnotes, headers, _, comments, endnotes = (max(0, c) for c in counts[:6])
    story = Story(
        text,
        word_runs.characters(document, table, *part(_CHPX)),
        word_runs.paragraphs(document, table, *part(_PAPX)),
        main,
    )
    start = main
    _notes(story, table, part(_FOOTNOTES[0]), part(_FOOTNOTES[1]), start, "note")
    start += footnotes
    story.headers = [t for t in (_plain(p) for p in text.text[start : start + headers].split("\r")) if t]
    start += headers
    _notes(story, table, part(_COMMENTS[0]), part(_COMMENTS[1]), start, "comment")
    start += comments
    _notes(story, table, part(_ENDNOTES[0]), part(_ENDNOTES[1]), start, "endnote")
    start += endnotes
    return story


def _word95(document: bytes, flags: int) -> Story:
    language = struct.unpack_from("<H", document, 6)[0] & 0x3FF
    encoding = "mac_roman" if document[0x14] == 1 or document[0x15] == 1 else _LANGUAGES.get(language, "cp1252")
    first, last = struct.unpack_from("<II", document, 0x18)
    (main,) = struct.unpack_from("<i", document, 0x34)
    if flags & _FAST_SAVED:
        at, size = struct.unpack_from("<II", document, _CLX95)
        text = assemble(document, document[at : at + size], encoding, unicode_pieces=False)
    else:
        text = Text(decode(document[first:last], encoding, 1), [0], [first], [1])
    return Story(text, main=min(max(0, main), len(text.text)) or len(text.text))


def _notes(
    story: Story, table: bytes, references: tuple[int, int], texts: tuple[int, int], start: int, kind: str
) -> None:
    """Notes of one kind, by the position that refers to each."""
    places, bounds = _positions(table, *references), _positions(table, *texts)
    # The last of the references ends the text; comments have 30 bytes behind each.
    extra = {"comment": 30}.get(kind, 2)
    places = places[: max(0, (references[1] - 4) // (4 + extra))]
    for number, place in enumerate(places, 1):
        if number >= len(bounds):
            break
        said = _plain(story.text.text[start + bounds[number - 1] : start + bounds[number]])
        if not said or place >= story.main:
            continue
        if kind == "comment":
            story.notes[place] = Block(f"[Comment: {said}]", foot=True, mark="comment")
        elif kind == "note":
            story.notes[place] = Block(f"[{number}] {said}", foot=True, mark="note")
        else:
            story.notes[place] = Block(f"[note {number}]", mark="note")
            story.endnotes.append(Block(f"[note {number}] {said}", mark="note"))


def _positions(table: bytes, at: int, size: int) -> list[int]:
    data = table[at : at + size] if 0 < size < len(table) else b""
    return list(struct.unpack_from(f"<{len(data) // 4}I", data))


def _plain(text: str) -> str:
    """A note's or a header's text without fields and marks."""
    found: list[str] = []
    codes: list[bool] = []
    for character in text:
        if character == _FIELD_BEGIN:
            codes.append(True)
        elif character == _FIELD_MIDDLE and codes:
            codes[-1] = False
        elif character == _FIELD_END and codes:
            codes.pop()
        elif not any(codes):
            found.append("\n" if character in _PARAGRAPH_ENDS else _CHARACTERS.get(character, character))
    return joined("".join(found)).strip()


@dataclass
class _Paragraph:
    shown: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    feet: list[Block] = field(default_factory=list)

    def feet_of(self, flow: Flow) -> Iterator[Block]:
        for kind, code, label, parts in (
            ("deleted", "tracked_changes", "Deleted", self.deleted),
            ("invisible", "hidden_text", "Hidden text", self.hidden),
        ):
            if text := joined("".join(parts)).strip():
                flow.warn(code)
                self.feet.append(Block(f"[{label}: {text}]", foot=True, mark="hidden", value=kind))
        yield from self.feet


def _blocks(story: Story, flow: Flow) -> Iterator[Block]:
    if running := "\n".join(dict.fromkeys(story.headers)):
        yield Block(running, mark="header")
    yield from _Body(story, flow).blocks()
    yield from story.endnotes


class _Body:
    """Walks through the main text once, ending paragraphs, cells and rows where their marks are."""

    def __init__(self, story: Story, flow: Flow) -> None:
        self.story, self.flow = story, flow
        self.fields: list[bool] = []
        self.cells: list[str] = []
        self.cell: list[str] = []
        self.tables, self.in_rows = 1, False
        self.new_page = False

    def blocks(self) -> Iterator[Block]:
        text, now = self.story.text.text[: self.story.main], _Paragraph()
        for position, character in enumerate(text):
            if character == _FIELD_BEGIN:
                self.fields.append(True)
            elif character == _FIELD_MIDDLE and self.fields:
                self.fields[-1] = False
            elif character == _FIELD_END and self.fields:
                self.fields.pop()
            elif character in _PARAGRAPH_ENDS:
                yield from self._end(position, character, now, text)
                now = _Paragraph()
            else:
                self._keep(position, character, now)
        if now != _Paragraph():
            yield from self._end(len(text) - 1, "\r", now, text)
        yield from self._leave_table()

    def _keep(self, position: int, character: str, now: _Paragraph) -> None:
        if note := self.story.notes.get(position):
            if note.foot:
                now.feet.append(note)
                if note.mark == "comment":
                    self.flow.warn("comments")
            label = note.text.partition("]")[0] + "]"
            now.shown.append("" if note.mark == "comment" else label)
            return
        if any(self.fields):
            return
        shown = _CHARACTERS.get(character, character)
        offset = self.story.text.offset(position) if self.story.characters.starts else -1
        if offset >= 0 and self.story.characters.has(offset, DELETED):
            now.deleted.append(shown)
        elif offset >= 0 and self.story.characters.has(offset, HIDDEN):
            now.hidden.append(shown)
        else:
            now.shown.append(shown)

    def _end(self, position: int, mark: str, now: _Paragraph, text: str) -> Iterator[Block]:
        said = joined("".join(now.shown))
        offset = self.story.text.offset(position)
        paragraphs = self.story.paragraphs
        if mark == "\x07":
            yield from self._cell_or_row(said, paragraphs, offset, position, text)
        elif paragraphs.has(offset, IN_TABLE) and not paragraphs.has(offset, ROW_END):
            self.cell.append(said)
        else:
            yield from self._leave_table()
            new_page = self.new_page or paragraphs.has(offset, BREAK_BEFORE)
            yield Block(said, new_page=new_page, heading=paragraphs.is_heading(offset))
            self.new_page = mark == "\x0c"
        yield from now.feet_of(self.flow)

    def _cell_or_row(self, said: str, paragraphs: Runs, offset: int, position: int, text: str) -> Iterator[Block]:
        # Without formatting, the mark of a row is known by coming right after that of its last cell.
        known = bool(paragraphs.starts)
        ends = paragraphs.has(offset, ROW_END) if known else text[position - 1 : position] == "\x07"
        if not ends:
            self.cells.append("\n".join([*self.cell, said]).strip())
            self.cell = []
            return
        if any(self.cells):
            yield replace(row(self.cells), table=self.tables, new_page=self.new_page)
            self.new_page, self.in_rows = False, True
        self.cells = []

    def _leave_table(self) -> Iterator[Block]:
        rest = [*self.cells, *self.cell]
        self.cells, self.cell = [], []
        if any(rest):
            yield replace(row(rest), table=self.tables)
        if self.in_rows:
            self.tables, self.in_rows = self.tables + 1, False
