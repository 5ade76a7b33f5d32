"""WordPerfect documents (WPD), versions 5 and 6 to today: text, tables, notes, headers, comments."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import wordperfect_text as wp
from extraction.readers.base import Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver, row
from extraction.readers.ole_file import open_ole, stream
from extraction.readers.wordperfect_text import CELL, PAGE, PARAGRAPH, ROW, SOFT_PAGE, TABLE_END, Group

MAX_BYTES = 128 << 20
MAX_DEPTH = 4
_MAGIC, _OLE = b"\xffWPC", b"\xd0\xcf\x11\xe0"
_WORDPERFECT, _DOCUMENT = 1, 10
_TEXT_PACKETS = (0x08, 0x1B)
# Groups that hold or name text of their own, by code: what it is in either version.
_HEADERS_6, _NOTES_6, _BOX_6, _CHARACTER_6, _COMMENT_6 = 0xD6, 0xD7, 0xDF, 0xD4, 0x1D
_NUMBER_6 = 0xDA
_HEADERS_5, _NOTES_5 = 0xD5, 0xD6
_MARKS = {PARAGRAPH: "\n", PAGE: "\n", SOFT_PAGE: " ", CELL: "\t", ROW: "\n", TABLE_END: "\n"}


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a document. Raises PermanentError(encrypted | corrupt | unsupported_type | too_large)."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PermanentError("too_large")
    if data.startswith(_OLE):
        with open_ole(file) as ole:
            data = stream(ole, "PerfectOffice_MAIN")
    if not data.startswith(_MAGIC) or len(data) < 16:
        raise PermanentError("corrupt", "no header")
    start, product, kind, version, _, key = struct.unpack_from("<IBBBBH", data, 4)
    if product != _WORDPERFECT or kind != _DOCUMENT:
        raise PermanentError("unsupported_type", "another product")
    if key:
        raise PermanentError("encrypted")
    if not 16 <= start <= len(data):
        raise PermanentError("corrupt", "no text")
    flow = Flow((), {"producer": f"WordPerfect {'5' if version == 0 else '6 or later'}"})
    body = _Body(flow, _Packets(data) if version else None)
    # Read through before it is cut: only then is it known whether WordPerfect says where its pages end.
    flow.blocks = list(body.blocks(data[start:]))
    yield from deliver(flow, options)


class _Packets:
    """Texts that version 6 keeps before the document, by number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        (at,) = struct.unpack_from("<H", data, 14)
        self._at, self._count = at, 0
        self._given: set[int] = set()
        if 16 <= at <= len(data) - 14:
            (self._count,) = struct.unpack_from("<H", data, at + 2)

    def text(self, number: int) -> bytes:
        """The text of a packet, empty if it has none or was given before: no two notes share one."""
        if not 0 < number < self._count or number in self._given:
            return b""
        self._given.add(number)
        where = self._at + 14 * number
        if where + 14 > len(self._data):
            return b""
        _, kind, _, _, size, offset = struct.unpack_from("<BBHHII", self._data, where)
        packet = self._data[offset : offset + size]
        if kind not in _TEXT_PACKETS or len(packet) < 10:
            return b""
        (count,) = struct.unpack_from("<H", packet)
        if not count or 6 + 4 * count > len(packet):
            return b""
        total = sum(struct.unpack_from(f"<{count}I", packet, 6))
        return packet[6 + 4 * count :][:total]


@dataclass
class _Body:
    """Ends paragraphs, cells and rows where their marks are."""

    flow: Flow
    packets: _Packets | None
    notes: dict[str, int] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)

    def blocks(self, data: bytes) -> Iterator[Block]:
        line: list[str] = []
        cells: list[str] = []
        feet: list[Block] = []
        ends: list[Block] = []
        table, in_table = 1, False
        # Between the two groups of a note stands its number, which we write ourselves.
        in_number = False
        for item in self._read(data):
            if isinstance(item, Group):
                if self.packets and item.code == _NOTES_6:
                    in_number = item.kind in (0, 2)
                for block in self._group(item, line):
                    if block.mark == "header":
                        yield block
                        continue
                    (ends if block.value == "end" else feet).append(replace(block, value=""))
            elif in_number and item not in _MARKS:
                continue
            elif item in (CELL, ROW, TABLE_END):
                # A mark says what begins: the first row of a table ends no cell.
                if in_table:
                    cells.append("".join(line).strip())
                elif "".join(line).strip():
                    yield Block("".join(line))
                line, was = [], in_table
                in_table = item != TABLE_END
                if was and item != CELL and any(cells):
                    yield replace(row(cells), table=table)
                if item != CELL:
                    cells = []
                table += item == TABLE_END
                yield from feet
                feet = []
            elif item == PARAGRAPH and in_table:
                line.append("\n")
            elif item in (PARAGRAPH, PAGE):
                yield Block("".join(line) + ("\f" if item == PAGE else ""))
                line = []
                yield from feet
                feet = []
            elif item == SOFT_PAGE:
                self.flow.printed = True
                line.append("\f")
            else:
                line.append(item)
        if cells or in_table:
            yield replace(row([*cells, "".join(line)]), table=table)
        else:
            yield Block("".join(line))
        yield from feet
        yield from ends

    def _read(self, data: bytes) -> Iterator[str | Group]:
        scan: Callable[[bytes], Iterator[str | Group]] = wp.version_6 if self.packets else wp.version_5
        return scan(data)

    def _group(self, group: Group, line: list[str]) -> Iterator[Block]:
        kind, texts = self._texts(group)
        for data in texts:
            said = self._plain(data)
            if not said:
                continue
            if kind in ("header", "footer"):
                if said not in self.said:
                    self.said.add(said)
                    yield Block(said, mark=kind, foot=kind == "footer")
            elif kind == "comment":
                self.flow.warn("comments")
                yield Block(f"[Comment: {said}]", foot=True, mark="comment")
            elif kind == "box":
                yield Block(said)
            else:
                self.notes[kind] = number = self.notes.get(kind, 0) + 1
                label = f"[{number}]" if kind == "footnote" else f"[note {number}]"
                line.append(label)
                end = kind == "endnote"
                yield Block(f"{label} {said}", foot=not end, mark="note", value="end" if end else "")

    def _texts(self, group: Group) -> tuple[str, list[bytes]]:
        """What kind of text a group brings with it, and the text."""
        if self.packets:
            texts = [text for number in group.packets if (text := self.packets.text(number))]
            if group.code == _HEADERS_6:
                return {0: "header", 1: "header", 2: "footer", 3: "footer"}.get(group.kind, "box"), texts
            if group.code == _NOTES_6:
                return {0: "footnote", 2: "endnote"}.get(group.kind, ""), texts if group.kind in (0, 2) else []
            if group.code == _CHARACTER_6 and group.kind == _COMMENT_6:
                return "comment", texts
            return ("box", texts) if group.code == _BOX_6 else ("", [])
        content = group.content
        if group.code == _HEADERS_5 and len(content) > 18 and content[7]:
            return "header" if group.kind < 2 else "footer", [content[18:]]
        if group.code == _NOTES_5 and len(content) > 7:
            skipped = 4 + 2 * (content[3] + 1) + 9 if group.kind == 0 else 7
            return "footnote" if group.kind == 0 else "endnote", [content[skipped:]]
        return "", []

    def _plain(self, data: bytes) -> str:
        """A note's text without its own number; notes within it are left out."""
        found: list[str] = []
        in_number = False
        for item in self._read(data):
            if isinstance(item, Group):
                # A displayed number stands between an even kind of this group and an odd one.
                in_number = item.kind % 2 == 0 if item.code == _NUMBER_6 and self.packets else in_number
            elif not in_number or "".join(found).strip():
                found.append(_MARKS.get(item, item))
        return "".join(found).strip()
