"""WordPerfect's characters and the functions between them, read from a stretch of text of version 5 or 6 and later.

Facts of the format: in version 6 and later bytes below 0x21 are letters with accents, 0x80–0xCF are functions of one
byte, 0xD0–0xEF groups of variable length that end as they begin, 0xF0–0xFE groups of fixed length. Version 5 has
control characters below 0x20, functions of one byte up to 0xBF, of fixed length up to 0xCF, and variable ones above.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

# What a stretch of text says, in order: text as it is, or one of these.
PARAGRAPH, PAGE, CELL, ROW, TABLE_END = "paragraph", "page", "cell", "row", "table_end"
SOFT_PAGE = "soft_page"
_LETTERS = "åÅæÆäÄáàâãÃçÇëéÉèêíñÑøØõÕöÖüÜúùß"
_EXTRA = "ß"
_MULTINATIONAL = dict(
    zip(
        range(23, 90),
        "ßĸȷÁáÂâÄäÀàÅåÆæÇçÉéÊêËëÈèÍíÎîÏïÌìÑñÓóÔôÖöÒòÚúÛûÜüÙùŸÿÃãĐđØøÕõÝýÐðÞþ",
        strict=True,
    )
) | dict(zip(range(90, 100), "ĂăĀāĄąĆćČč", strict=True))
_TYPOGRAPHIC = dict(enumerate("●○■•*¶§¡¿«»£¥₧ƒªº½¼¢²ⁿ®©¤¾³‛’‘‟”“–—‹›○□†‡™℠℞●○■•□□▫"))
_TYPOGRAPHIC |= {54: "ff", 55: "ffi", 56: "…", 57: "$", 58: "₣", 59: "₢", 60: "₠", 61: "₤", 62: "‚", 63: "„", 72: "€"}
_SETS = {1: _MULTINATIONAL, 4: _TYPOGRAPHIC, 8: dict(enumerate("ΑαΒβΒϐΓγΔδΕεΖζΗηΘθΙιΚκΛλΜμΝνΞξΟοΠπΡρΣσΣςΤτΥυΦφΧχΨψΩω"))}
_FIXED_6 = (4, 5, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 8, 8)
_FIXED_5 = (4, 9, 11, 3, 3, 5, 6, 7, 4, 5, 6, 6, 8, 10, 10, 12)
# Functions of one byte, and those of the group for ends of lines (0xD0), by what they mean for the text.
_ONE_6 = {0x80: " ", 0x81: "\u00a0", 0x84: "-", 0x87: PARAGRAPH, 0xCF: " ", 0xCE: " ", 0xCD: SOFT_PAGE, 0xBC: " "}
_ONE_6 |= dict.fromkeys((0xB4, 0xB5, 0xC7, 0xC8), PAGE) | dict.fromkeys(
    (0xB6, 0xB7, 0xB8, 0xB9, 0xC9, 0xCA, 0xCB, 0xCC), PARAGRAPH
)
_ONE_6 |= dict.fromkeys((0xBD, 0xBE, 0xBF), TABLE_END) | dict.fromkeys(range(0xC0, 0xC6), ROW) | {0xC6: CELL}
_LINE_ENDS = {
    0x01: " ",
    0x02: " ",
    0x03: SOFT_PAGE,
    0x09: PAGE,
    0x0A: CELL,
    0x14: " ",
    0x15: " ",
    0x16: SOFT_PAGE,
    0x1C: PAGE,
}
_LINE_ENDS |= dict.fromkeys((0x04, 0x05, 0x06, 0x07, 0x08, 0x17, 0x18, 0x19, 0x1A, 0x1B), PARAGRAPH)
_LINE_ENDS |= dict.fromkeys(range(0x0B, 0x11), ROW) | dict.fromkeys((0x11, 0x12, 0x13), TABLE_END)
_ONE_5 = {
    0x0A: PARAGRAPH,
    0x0B: SOFT_PAGE,
    0x0C: PAGE,
    0x0D: " ",
    0x8C: PARAGRAPH,
    0x90: " ",
    0x95: " ",
    0x99: PARAGRAPH,
}
_ONE_5 |= {0xA0: "\u00a0", 0xA9: "-", 0xAA: "-", 0xAB: "-"}
_UNDO, _UNDO_BEGINS = 0xF1, 0


@dataclass(frozen=True)
class Group:
    """A group of variable length: its code, its kind, its content; `packets` are the packets it refers to."""

    code: int
    kind: int
    content: bytes
    packets: tuple[int, ...] = ()


def version_6(data: bytes) -> Iterator[str | Group]:
    """Text, marks and groups of a stretch of version 6 or later. What was undone is left out."""
    at, undone = 0, 0
    while at < len(data):
        byte = data[at]
        item: str | Group = ""
        size = 1
        if byte < 0x21:
            item = _LETTERS[byte - 1] if 0 < byte <= len(_LETTERS) else ""
        elif byte < 0x7F:
            item = chr(byte)
        elif byte < 0xD0:
            item = _ONE_6.get(byte, "")
        elif byte < 0xF0:
            item, size = _group_6(data, at)
        elif byte < 0xFF:
            size = _FIXED_6[byte - 0xF0]
            if byte == 0xF0 and at + 3 <= len(data):
                item = _extended(data[at + 1], data[at + 2])
            elif byte == _UNDO and at + 2 <= len(data):
                undone = max(0, undone + (1 if data[at + 1] == _UNDO_BEGINS else -1))
        at += size
        if item and not undone:
            yield item


def version_5(data: bytes) -> Iterator[str | Group]:
    """Text, marks and groups of a stretch of version 5."""
    at = 0
    while at < len(data):
        byte = data[at]
        item: str | Group = ""
        size = 1
        if 0x20 <= byte < 0x7F:
            item = chr(byte)
        elif byte < 0xC0:
            item = _ONE_5.get(byte, "")
        elif byte < 0xD0:
            size = _FIXED_5[byte - 0xC0]
            if byte == 0xC0 and at + 3 <= len(data):
                item = _extended(data[at + 1], data[at + 2])
            elif byte in (0xC1, 0xC2):
                item = "\t"
        elif byte < 0xFF:
            item, size = _group_5(data, at)
        at += size
        if item:
            yield item


def _group_6(data: bytes, at: int) -> tuple[str | Group, int]:
    if at + 5 > len(data):
        return "", 1
    code, kind, size, flags = struct.unpack_from("<BBHB", data, at)
    # A group ends with its size and its code again; what does not is damage, to be stepped over byte by byte.
    if size < 7 or at + size > len(data) or data[at + size - 1] != code:
        return "", 1
    if code == 0xD0:
        return _LINE_ENDS.get(kind, ""), size
    if code == 0xE0:
        return "\t", size
    start, packets = at + 5, ()
    if flags & 0x80:
        count = min(data[start], (size - 8) // 2)
        packets = struct.unpack_from(f"<{count}H", data, start + 1)
        start += 1 + 2 * count
    return Group(code, kind, data[start : at + size - 3], packets), size


def _group_5(data: bytes, at: int) -> tuple[str | Group, int]:
    if at + 4 > len(data):
        return "", 1
    code, kind, length = struct.unpack_from("<BBH", data, at)
    size = length + 4
    if at + size > len(data) or data[at + size - 1] != code:
        return "", 1
    if code == 0xDC:
        return {0: CELL, 1: ROW, 2: TABLE_END}.get(kind, ""), size
    if code == 0xDD:
        return {1: ROW, 2: TABLE_END, 3: ROW}.get(kind, ""), size
    return Group(code, kind, data[at + 4 : at + size - 4]), size


def _extended(character: int, character_set: int) -> str:
    if character_set == 0:
        return chr(character) if 0x20 <= character < 0x7F else ""
    return _SETS.get(character_set, {}).get(character, "\ufffd")
