"""What lies in a ZIP or an OLE file, by the names inside: read from the list at its end or its start, and no further.

This runs outside the confined child, on strangers' files: a few KiB are read, nothing is unpacked, nothing recurses.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAX_DIRECTORY_BYTES = 1 << 20
MAX_NAMES = 5000
_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
# A part's name → the type; the first that is there decides.
ZIP_PARTS = [
    ("xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroenabled.12"),
    ("word/", f"{_OOXML}.wordprocessingml.document"),
    ("xl/", f"{_OOXML}.spreadsheetml.sheet"),
    ("ppt/", f"{_OOXML}.presentationml.presentation"),
    ("visio/", "application/vnd.ms-visio.drawing"),
    ("meta-inf/container.xml", "application/epub+zip"),
    ("androidmanifest.xml", "application/vnd.android.package-archive"),
    ("meta-inf/manifest.mf", "application/java-archive"),
]
ODF_KINDS = {
    "text": f"{_ODF}.text",
    "text-template": f"{_ODF}.text",
    "spreadsheet": f"{_ODF}.spreadsheet",
    "spreadsheet-template": f"{_ODF}.spreadsheet",
    "presentation": f"{_ODF}.presentation",
    "presentation-template": f"{_ODF}.presentation",
    "graphics": f"{_ODF}.presentation",
}
_MIMETYPE = b"mimetypeapplication/vnd.oasis.opendocument."
# A stream's name → the type; encryption first, for such a file has no other.
OLE_STREAMS = [
    ("EncryptedPackage", "application/x-ooxml-protected"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("VisioDocument", "application/vnd.visio"),
    ("PerfectOffice_MAIN", "application/vnd.wordperfect"),
]
OLE, ZIP = "application/x-ole-storage", "application/zip"
_FREE_SECTOR = 0xFFFFFFFA


def zip_kind(file: BinaryIO, head: bytes) -> str:
    """The type of a ZIP by its parts; application/zip if it is none of those we know."""
    if kind := odf_kind(head):
        return kind
    entries = list(_zip_entries(file))
    names = [entry.name for entry in entries]
    if "content.xml" in names and "meta-inf/manifest.xml" in names:
        said = next((_start(file, entry) for entry in entries if entry.name == "mimetype"), b"")
        return odf_kind(b"mimetype" + said) or ODF_KINDS["text"]
    office = "[content_types].xml" in names
    for part, kind in ZIP_PARTS:
        if part.endswith("/") and not office:
            continue
        if any(n == part or (part.endswith("/") and n.startswith(part)) for n in names):
            return kind
    return ZIP


def odf_kind(head: bytes) -> str:
    """The type that an OpenDocument file names at its start, empty if it names none."""
    at = head.find(_MIMETYPE, 0, 200)
    if at < 0:
        return ""
    kind = head[at + len(_MIMETYPE) :][:40].decode("latin-1")
    return next((t for name, t in sorted(ODF_KINDS.items(), reverse=True) if kind.startswith(name)), "")


@dataclass(frozen=True)
class _Entry:
    name: str
    method: int
    size: int
    offset: int


def _zip_entries(file: BinaryIO) -> Iterator[_Entry]:
    size = file.seek(0, 2)
    start = max(0, size - 65_557)
    file.seek(start)
    tail = file.read(65_557)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 20:
        return
    length, offset = struct.unpack_from("<II", tail, at + 12)
    # Other bytes may stand before the archive: the list ends where its end record begins.
    file.seek(max(0, start + at - length) if length < 0xFFFFFFFF else min(offset, size))
    directory = file.read(min(length, MAX_DIRECTORY_BYTES))
    at = 0
    for _ in range(MAX_NAMES):
        if directory[at : at + 4] != b"PK\x01\x02" or at + 46 > len(directory):
            return
        (method,) = struct.unpack_from("<H", directory, at + 10)
        packed, _, name, extra, comment = struct.unpack_from("<IIHHH", directory, at + 20)
        (where,) = struct.unpack_from("<I", directory, at + 42)
        text = directory[at + 46 : at + 46 + name].decode("cp437").lower().replace("\\", "/")
        yield _Entry(text, method, packed, where)
        at += 46 + name + extra + comment


def _start(file: BinaryIO, entry: _Entry, most: int = 200) -> bytes:
    """The first bytes of an entry, stored or deflated."""
    file.seek(entry.offset)
    header = file.read(30)
    if len(header) < 30:
        return b""
    file.seek(sum(struct.unpack_from("<HH", header, 26)), 1)
    data = file.read(min(entry.size, most))
    try:
        return zlib.decompressobj(-15).decompress(data, most) if entry.method == 8 else data
    except zlib.error:
        return b""


def ole_kind(file: BinaryIO) -> str:
    """The type of an OLE file by its streams; application/x-ole-storage if it is none of those we know."""
    names = set(_ole_names(file))
    return next((kind for stream, kind in OLE_STREAMS if stream in names), OLE)


def _ole_names(file: BinaryIO) -> Iterator[str]:
    """Names in the directory: its sectors are followed through the first part of the allocation table."""
    file.seek(0)
    header = file.read(512)
    if len(header) < 512:
        return
    power = struct.unpack_from("<H", header, 30)[0]
    if power not in (9, 12):
        return
    sector_bytes = 1 << power
    tables = [s for s in struct.unpack_from("<109I", header, 76) if s < _FREE_SECTOR]
    (sector,) = struct.unpack_from("<I", header, 48)
    per_table = sector_bytes // 4
    for _ in range(MAX_DIRECTORY_BYTES // sector_bytes):
        if sector >= _FREE_SECTOR:
            return
        file.seek((sector + 1) * sector_bytes)
        entries = file.read(sector_bytes)
        for at in range(0, len(entries) - 127, 128):
            (length,) = struct.unpack_from("<H", entries, at + 64)
            if 2 <= length <= 64:
                yield entries[at : at + length - 2].decode("utf-16-le", "replace")
        table, index = divmod(sector, per_table)
        if table >= len(tables):
            return
        file.seek((tables[table] + 1) * sector_bytes + 4 * index)
        after = file.read(4)
        if len(after) < 4:
            return
        (sector,) = struct.unpack("<I", after)
