"""ZIP files from strangers: counted before they are opened, measured while they are read."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from extraction.errors import PermanentError
from extraction.readers import zip_aes

MAX_ENTRIES = 2000
# An office file's parts are many (a slide has five), and none becomes a document by itself.
MAX_PARTS = 20_000
MAX_TOTAL_BYTES = 2 << 30
# Text of an honest file shrinks ten- or twentyfold; below the floor a ratio says nothing.
MAX_RATIO, RATIO_FROM_BYTES = 200, 32 << 20
# The list of entries itself, before it is parsed.
MAX_DIRECTORY_BYTES = 16 << 20
PIECE_BYTES = 256 << 10
_END, _END64_LOCATOR, _END64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OSError, ValueError, KeyError)


@dataclass
class Budget:
    """Bytes that may still come out of a container and all that is in it."""

    left: int = MAX_TOTAL_BYTES

    def spend(self, count: int) -> None:
        """Raises PermanentError(archive_limit) once it is used up."""
        self.left -= count
        if self.left < 0:
            raise PermanentError("archive_limit", "total size")


class Container:
    """An opened ZIP. Raises PermanentError(corrupt | archive_limit)."""

    def __init__(self, file: BinaryIO, *, max_entries: int = MAX_ENTRIES, password: str | None = None) -> None:
        _check_directory(file, max_entries)
        try:
            self.zip = zipfile.ZipFile(file)
        except (*DAMAGE, NotImplementedError) as error:
            raise PermanentError("corrupt", type(error).__name__) from None
        self.entries = self.zip.infolist()
        if len(self.entries) > max_entries:
            raise PermanentError("archive_limit", "entries")
        _check_overlap(self.entries)
        self.budget = Budget()
        self.password = password
        self._by_name = {_key(entry.filename): entry for entry in reversed(self.entries)}

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._by_name

    def names(self, prefix: str = "") -> list[str]:
        """Names of files below `prefix`, as they are written."""
        start = _key(prefix)
        return [e.filename for key, e in sorted(self._by_name.items()) if key.startswith(start) and not e.is_dir()]

    def pieces(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """An entry's bytes. Raises PermanentError(corrupt | encrypted | archive_limit), perhaps in the middle."""
        read, most = 0, max(RATIO_FROM_BYTES, entry.compress_size * MAX_RATIO)
        try:
            with self._open(entry) as stream:
                while piece := stream.read(PIECE_BYTES):
                    read += len(piece)
                    if read > most:
                        raise PermanentError("archive_limit", "ratio")
                    self.budget.spend(len(piece))
                    yield piece
        except NotImplementedError:
            raise PermanentError("unsupported_type", "compression method") from None
        except (RuntimeError, zip_aes.WrongPassword):
            # What zipfile says of a missing or a wrong password.
            raise PermanentError("encrypted") from None
        except DAMAGE as error:
            raise PermanentError("corrupt", type(error).__name__) from None

    def read(self, name: str, most: int = 64 << 20) -> bytes:
        """A part in full; KeyError if there is none. Raises PermanentError as `pieces` does."""
        found = bytearray()
        for piece in self.pieces(self._by_name[_key(name)]):
            found += piece
            if len(found) > most:
                raise PermanentError("archive_limit", "part size")
        return bytes(found)

    def mentions(self, name: str, word: bytes) -> bool:
        """Whether a word stands anywhere in a part, damaged or not; False if there is no such part."""
        end = b""
        try:
            for piece in self.pieces(self._by_name[_key(name)]):
                if word in end + piece:
                    return True
                end = piece[-len(word) :]
        except (KeyError, PermanentError):
            return False
        return False

    def stream(self, name: str) -> BinaryIO:
        """A part to be read as a stream; KeyError if there is none. Its `read` raises as `pieces` does."""
        return cast(BinaryIO, _Stream(self.pieces(self._by_name[_key(name)])))

    def _open(self, entry: zipfile.ZipInfo) -> BinaryIO:
        secret = self.password.encode() if self.password else None
        if entry.compress_type == zip_aes.METHOD:
            return zip_aes.open_entry(cast(BinaryIO, self.zip.fp), entry, secret)
        return cast(BinaryIO, self.zip.open(entry, pwd=secret))


class _Stream:
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._rest += piece
        size = len(self._rest) if size < 0 else size
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _check_directory(file: BinaryIO, max_entries: int) -> None:
    """What the end record says of the list of entries, before zipfile reads all of it into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise PermanentError("corrupt", "no end record")
    count, directory = struct.unpack_from("<HI", tail, at + 10)
    if tail[at - 20 : at - 16] == _END64_LOCATOR and at >= 20:
        (where,) = struct.unpack_from("<Q", tail, at - 12)
        file.seek(min(where, size))
        record = file.read(56)
        if record.startswith(_END64) and len(record) == 56:
            count, directory = struct.unpack_from("<QQ", record, 32)
    if count > max_entries or directory > MAX_DIRECTORY_BYTES:
        raise PermanentError("archive_limit", "entries")
    file.seek(0)


def _check_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """Entries that share bytes: a small file that unpacks to any size."""
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            raise PermanentError("archive_limit", "overlapping entries")
        end = entry.header_offset + 30 + entry.compress_size
