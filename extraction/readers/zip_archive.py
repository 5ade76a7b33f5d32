"""ZIP archives: each file in them is a member; names are read in whatever encoding they were written."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from charset_normalizer import from_bytes

from extraction.errors import ExtractionError, PermanentError
from extraction.readers import archive_listing
from extraction.readers.archive_listing import Entry, is_system_file, tidy
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Flow, deliver
from extraction.readers.zip_container import Container

_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_UNICODE_PATH = 0x7075
_NAME_ENCODINGS = ["cp932", "gb18030", "big5", "euc_kr", "cp437", "cp850", "cp1252", "cp1251", "cp866"]


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """A list of the files, then the files. Raises PermanentError(encrypted | corrupt | archive_limit)."""
    archive = Container(file, password=options.password)
    files = [e for e in archive.entries if not e.is_dir()]
    locked = [e for e in files if e.flag_bits & _ENCRYPTED_FLAG]
    if locked and len(locked) == len(files) and not _opens(archive, locked[0]):
        raise PermanentError("encrypted")
    paths = _paths(files)
    flow = Flow(archive_listing.blocks("ZIP archive", _entries(files, paths)), _meta(archive))
    kept = [e for e in files if not _is_link(e) and not is_system_file(paths[id(e)])]
    if len(kept) < len(files):
        flow.warn("members_skipped")
    yield from deliver(flow, options)
    for entry in kept:
        yield Member(paths[id(entry)], archive.pieces(entry))


def _opens(archive: Container, entry: zipfile.ZipInfo) -> bool:
    """Whether there is a password and it is the right one, as far as a first piece tells."""
    if not archive.password:
        return False
    try:
        next(archive.pieces(entry), b"")
    except ExtractionError as error:
        return error.code != "encrypted"
    return True


def _entries(files: list[zipfile.ZipInfo], paths: dict[int, str]) -> Iterator[Entry]:
    for entry in files:
        year, month, day, hour, minute, _ = entry.date_time
        changed = f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}" if year > 1980 else ""
        yield Entry(paths[id(entry)], entry.file_size, changed)


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _meta(archive: Container) -> dict[str, str]:
    comment = archive.zip.comment
    return {"comments": comment[:2000].decode("utf-8", "replace")} if comment.strip(b"\x00 ") else {}


def _paths(files: list[zipfile.ZipInfo]) -> dict[int, str]:
    """Names as text, by the entry's identity. What is not said to be UTF-8 is guessed from all such names at once."""
    raw = {id(e): e.orig_filename.encode("cp437", "replace") for e in files if not e.flag_bits & _UTF8_FLAG}
    encoding = _encoding(b"\n".join(raw.values()))
    found = {}
    for number, entry in enumerate(files, 1):
        name = _unicode_path(entry) or entry.orig_filename
        if id(entry) in raw and name == entry.orig_filename:
            name = raw[id(entry)].decode(encoding, "replace")
        found[id(entry)] = tidy(name) or f"file-{number}"
    return found


def _encoding(names: bytes) -> str:
    if names.isascii():
        return "ascii"
    try:
        names.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        best = from_bytes(names[:20_000], cp_isolation=_NAME_ENCODINGS).best()
        return best.encoding if best else "cp437"


def _unicode_path(entry: zipfile.ZipInfo) -> str:
    """The name that Info-ZIP's extra field gives, if it belongs to the entry's name."""
    rest = entry.extra
    while len(rest) >= 4:
        kind, size = struct.unpack_from("<HH", rest)
        data = rest[4 : 4 + size]
        if kind == _UNICODE_PATH and len(data) > 5:
            (checksum,) = struct.unpack_from("<I", data, 1)
            if checksum == zlib.crc32(entry.orig_filename.encode("cp437", "replace")):
                return data[5:].decode("utf-8", "replace")
        rest = rest[4 + size :]
    return ""
