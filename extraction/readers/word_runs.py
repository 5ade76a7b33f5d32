"""Which stretches of a DOC file's text were deleted or hidden, and which paragraphs are headings or end table rows.

Word 97 keeps formatting in pages of 512 bytes (FKPs, MS-DOC 2.9.33 and 2.9.174), by the text's offset in the file.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

PAGE = 512
MAX_PAGES = 100_000
# Single property modifiers (MS-DOC 2.6).
DELETED, HIDDEN, IN_TABLE, ROW_END, BREAK_BEFORE = 0x0800, 0x083C, 0x2416, 0x2417, 0x2407
_OPERAND_BYTES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
_VARIABLE, _TABLE_DEFINITION = 6, 0xD608
_HEADING_STYLES = range(1, 10)


@dataclass
class Runs:
    """Stretches [starts[i], ends[i]) of file offsets, in order, and what is switched on in each."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    flags: list[frozenset[int]] = field(default_factory=list)
    styles: list[int] = field(default_factory=list)

    def at(self, offset: int) -> int:
        """The index of the stretch that holds a file offset, -1 if none does."""
        index = bisect_right(self.starts, offset) - 1
        return index if index >= 0 and offset < self.ends[index] else -1

    def has(self, offset: int, flag: int) -> bool:
        """Whether something is switched on at a file offset."""
        index = self.at(offset)
        return index >= 0 and flag in self.flags[index]

    def is_heading(self, offset: int) -> bool:
        index = self.at(offset)
        return index >= 0 and self.styles[index] in _HEADING_STYLES


def characters(document: bytes, table: bytes, at: int, size: int) -> Runs:
    """Runs of characters from the list of pages at table[at:at+size]."""
    found = []
    for page in _pages(document, table, at, size):
        count = page[PAGE - 1]
        if 4 * (count + 1) + count >= PAGE:
            continue
        offsets = struct.unpack_from(f"<{count + 1}I", page)
        for index in range(count):
            start = page[4 * (count + 1) + index] * 2
            flags = _switches(page[start + 1 : start + 1 + page[start]]) if 0 < start < PAGE - 1 else frozenset()
            if flags:
                found.append((offsets[index], offsets[index + 1], flags, 0))
    return _runs(found)


def paragraphs(document: bytes, table: bytes, at: int, size: int) -> Runs:
    """Paragraphs with their styles from the list of pages at table[at:at+size]."""
    found = []
    for page in _pages(document, table, at, size):
        count = page[PAGE - 1]
        if 4 * (count + 1) + 13 * count >= PAGE:
            continue
        offsets = struct.unpack_from(f"<{count + 1}I", page)
        for index in range(count):
            start = page[4 * (count + 1) + 13 * index] * 2
            if not 0 < start < PAGE - 4:
                continue
            words = page[start]
            begin, length = (start + 1, 2 * words - 1) if words else (start + 2, 2 * page[start + 1])
            properties = page[begin : begin + length]
            if len(properties) >= 2:
                (style,) = struct.unpack_from("<H", properties)
                found.append((offsets[index], offsets[index + 1], _switches(properties[2:]), style))
    return _runs(found)


def _pages(document: bytes, table: bytes, at: int, size: int) -> Iterator[bytes]:
    count = min((size - 4) // 8, MAX_PAGES)
    seen = set()
    for index in range(count):
        where = at + 4 * (count + 1) + 4 * index
        if where + 4 > len(table):
            return
        number = struct.unpack_from("<I", table, where)[0] & 0x3FFFFF
        if number in seen:
            continue
        seen.add(number)
        page = document[number * PAGE : (number + 1) * PAGE]
        if len(page) == PAGE:
            yield page


def _switches(data: bytes) -> frozenset[int]:
    """What a list of modifiers switches on."""
    on = set()
    at = 0
    while at + 2 < len(data):
        (code,) = struct.unpack_from("<H", data, at)
        at += 2
        kind = code >> 13
        if kind == _VARIABLE:
            if code == _TABLE_DEFINITION and at + 2 <= len(data):
                size = struct.unpack_from("<H", data, at)[0] + 1
            else:
                size = data[at] + 1
        else:
            size = _OPERAND_BYTES[kind]
        if code in (DELETED, HIDDEN, IN_TABLE, ROW_END, BREAK_BEFORE) and data[at] & 1:
            on.add(code)
        at += size
    return frozenset(on)


def _runs(found: list[tuple[int, int, frozenset[int], int]]) -> Runs:
    found.sort(key=lambda run: run[0])
    runs = Runs()
    for start, end, flags, style in found:
        if end > start:
            runs.starts.append(start)
            runs.ends.append(end)
            runs.flags.append(flags)
            runs.styles.append(style)
    return runs
