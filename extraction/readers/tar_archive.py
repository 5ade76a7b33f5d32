"""TAR archives, plain or compressed, and single files that are compressed (GZ, BZ2, XZ)."""

import datetime as dt
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from extraction.errors import ExtractionError, PermanentError
from extraction.readers import archive_listing
from extraction.readers.archive_listing import Entry, is_system_file, tidy
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.compressed_file import Unpacked
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Flow, deliver
from extraction.readers.zip_container import MAX_ENTRIES, MAX_TOTAL_BYTES, PIECE_BYTES, Budget

_KINDS = {b"\x1f\x8b": "gzip", b"BZ": "bzip2", b"\xfd7": "xz"}
_TAR_MAGIC_AT = 257


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """A list of the files, then the files. Raises PermanentError(corrupt | archive_limit)."""
    file.seek(0)
    kind = _KINDS.get(file.read(2), "")
    if kind and not _holds_tar(file):
        yield from _single(file, options, kind)
        return
    flow = Flow(())
    entries = list(_entries(file, kind, flow))
    if not entries and "members_damaged" in flow.warnings:
        raise PermanentError("corrupt", "no entry")
    flow.blocks = archive_listing.blocks("TAR archive", entries)
    yield from deliver(flow, options)
    yield from _members(file, kind)


def _holds_tar(file: BinaryIO) -> bool:
    try:
        # The unpacker gives as much as it likes at a time.
        head, stream = b"", Unpacked(file, Budget())
        while len(head) < 512 and (piece := stream.read(512 - len(head))):
            head += piece
    except ExtractionError:
        return False
    return head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar"


def _single(file: BinaryIO, options: ReadOptions, kind: str) -> Iterator[Item]:
    name = _original_name(file) if kind == "gzip" else ""
    pieces = Unpacked(file, Budget()).pieces()
    listing = archive_listing.blocks(f"{kind} file", [])
    yield from deliver(Flow(listing), options)
    yield Member(name or "content", pieces)


def _original_name(file: BinaryIO) -> str:
    """The name in a gzip header."""
    file.seek(0)
    head = file.read(1024)
    flags, at = head[3] if len(head) > 10 else 0, 10
    if flags & 4:
        at += 2 + int.from_bytes(head[at : at + 2], "little")
    end = head.find(b"\x00", at)
    return tidy(head[at:end].decode("utf-8", "replace")).rpartition("/")[2] if flags & 8 and end > at else ""


def _open(file: BinaryIO, kind: str) -> tarfile.TarFile:
    file.seek(0)
    source = cast(BinaryIO, _Whole(Unpacked(file, Budget()))) if kind else file
    return tarfile.open(fileobj=source, mode="r|" if kind else "r:", errors="surrogateescape")


class _Whole:
    """Reads as much as is asked for, as a tape does."""

    def __init__(self, stream: Unpacked) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size and (piece := self._stream.read(size - len(found))):
            found += piece
        return bytes(found)


def _infos(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for count, info in enumerate(archive, 1):
        if count > MAX_ENTRIES:
            raise PermanentError("archive_limit", "entries")
        yield info
        # It would keep every header it has seen.
        archive.members = []  # type: ignore[attr-defined]


def _entries(file: BinaryIO, kind: str, flow: Flow) -> Iterator[Entry]:
    """All files that can be reached; what lies behind damage is lost, and said so."""
    total = 0
    try:
        for info in _infos(_open(file, kind)):
            if not info.isreg():
                if not info.isdir():
                    flow.warn("members_skipped")
                continue
            total += info.size
            if total > MAX_TOTAL_BYTES:
                raise PermanentError("archive_limit", "total size")
            path = tidy(info.name)
            if is_system_file(path):
                flow.warn("members_skipped")
            yield Entry(path, info.size, _moment(info.mtime))
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        flow.warn("members_damaged")
        if isinstance(error, tarfile.ReadError) and not total:
            raise PermanentError("corrupt", "no tar") from None
    except PermanentError as error:
        if error.code != "corrupt":
            raise
        flow.warn("members_damaged")


def _moment(seconds: float) -> str:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def _members(file: BinaryIO, kind: str) -> Iterator[Member]:
    archive = _open(file, kind)
    try:
        for number, info in enumerate(_infos(archive), 1):
            path = tidy(info.name) or f"file-{number}"
            if info.isreg() and not is_system_file(path):
                yield Member(path, _pieces(archive, info))
    except (tarfile.TarError, OSError, EOFError, ValueError, PermanentError):
        # Said already, when the list was made.
        return


def _pieces(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    try:
        stream = archive.extractfile(info)
        left = info.size
        while stream is not None and left:
            piece = stream.read(min(left, PIECE_BYTES))
            if not piece:
                raise PermanentError("corrupt", "cut off")
            left -= len(piece)
            yield piece
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise PermanentError("corrupt", type(error).__name__) from None
