"""The text of a DOC file as one string, from the pieces that Word's fast saving left it in (MS-DOC 2.4.1)."""

import struct
from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from extraction.errors import PermanentError

MAX_PIECES = 500_000
_COMPRESSED = 0x40000000


@dataclass
class Text:
    """`text`: one character per position, halves of pairs apart. Pieces: first position, file offset, bytes each."""

    text: str = ""
    positions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)

    def offset(self, position: int) -> int:
        """Where in the file the character at a position lies."""
        index = bisect_right(self.positions, position) - 1
        if index < 0:
            return -1
        return self.offsets[index] + (position - self.positions[index]) * self.widths[index]


def assemble(document: bytes, pieces: bytes, encoding: str, *, unicode_pieces: bool) -> Text:
    """The text from a Clx. `unicode_pieces`: pieces may be UTF-16, as since Word 97. Raises PermanentError(corrupt)."""
    table = _piece_table(pieces)
    count = (len(table) - 4) // 12
    if count < 1 or count > MAX_PIECES:
        raise PermanentError("corrupt", "piece table")
    positions = struct.unpack_from(f"<{count + 1}I", table)
    found, at = Text(), 0
    parts: list[str] = []
    for index in range(count):
        length = positions[index + 1] - positions[index]
        # An honest document says no byte twice.
        if length <= 0 or positions[index] != at or at + length > len(document):
            break
        (offset,) = struct.unpack_from("<2xI", table, 4 * (count + 1) + 8 * index)
        narrow = not unicode_pieces or bool(offset & _COMPRESSED)
        if unicode_pieces:
            offset = (offset & ~_COMPRESSED) // 2 if narrow else offset
        width = 1 if narrow else 2
        part = decode(document[offset : offset + length * width], encoding, width)
        parts.append(part)
        found.positions.append(at)
        found.offsets.append(offset)
        found.widths.append(width)
        at += len(part)
        if len(part) < length:
            break
    found.text = "".join(parts)
    return found


def decode(data: bytes, encoding: str, width: int) -> str:
    """Bytes as text, one character per unit."""
    if width == 1:
        text = data.decode(encoding, "replace")
        # An encoding of two bytes a character would move all positions.
        return text if len(text) == len(data) else data.decode("cp1252", "replace")
    units = np.frombuffer(data[: len(data) & ~1], dtype="<u2")
    return units.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def joined(text: str) -> str:
    """The text with the halves of pairs made one."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _piece_table(pieces: bytes) -> bytes:
    at = 0
    while at < len(pieces):
        if pieces[at] == 2 and at + 5 <= len(pieces):
            (size,) = struct.unpack_from("<I", pieces, at + 1)
            return pieces[at + 5 : at + 5 + size]
        if pieces[at] != 1 or at + 3 > len(pieces):
            break
        at += 3 + struct.unpack_from("<H", pieces, at + 1)[0]
    raise PermanentError("corrupt", "piece table")
