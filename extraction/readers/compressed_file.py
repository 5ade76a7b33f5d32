"""Compressed streams (gzip, bzip2, xz) from strangers, measured while they unpack."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from extraction.errors import PermanentError
from extraction.readers.zip_container import MAX_RATIO, PIECE_BYTES, RATIO_FROM_BYTES, Budget

# What a stream of xz may ask for to unpack it.
MAX_LZMA_MEMORY = 256 << 20
XZ_STEP_BYTES = 8 << 10
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)


class Unpacked:
    """A compressed file, to be read from start to end. `read` raises PermanentError(corrupt | archive_limit)."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(6)
        file.seek(0)
        self._budget = budget
        self._read, self._most = 0, max(RATIO_FROM_BYTES, size * MAX_RATIO)
        self._stream = _stream(file, head)

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._stream.read(PIECE_BYTES if size < 0 else min(size, PIECE_BYTES))
        except DAMAGE as error:
            raise PermanentError("corrupt", type(error).__name__) from None
        self._read += len(piece)
        if self._read > self._most:
            raise PermanentError("archive_limit", "ratio")
        self._budget.spend(len(piece))
        return piece

    def pieces(self) -> Iterator[bytes]:
        """All of it."""
        while piece := self.read():
            yield piece


def _stream(file: BinaryIO, head: bytes) -> BinaryIO:
    if head.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb"))
    if head.startswith(b"BZh"):
        return cast(BinaryIO, bz2.BZ2File(file))
    if head.startswith(b"\xfd7zXZ\x00"):
        return _Xz(file)  # type: ignore[return-value]  # only `read` is asked of it
    raise PermanentError("corrupt", "compression")


class _Xz:
    """Like lzma.LZMAFile, with a bound on memory, and for any number of streams: what lies behind one is given to the
    next a little at a time, for each would copy all that it is given.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._inflate = file, lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_LZMA_MEMORY)
        self._packed, self._at = b"", 0

    def read(self, size: int) -> bytes:
        while True:
            if self._inflate.eof and not self._begin_next():
                return b""
            given = self._take() if self._inflate.needs_input else b""
            if not given and self._inflate.needs_input:
                raise EOFError
            piece = self._inflate.decompress(given, size)
            if self._inflate.eof:
                self._at -= len(self._inflate.unused_data)
            if piece:
                return piece

    def _take(self) -> bytes:
        if self._at >= len(self._packed):
            self._packed, self._at = self._file.read(PIECE_BYTES), 0
        taken = self._packed[self._at : self._at + XZ_STEP_BYTES]
        self._at += len(taken)
        return taken

    def _begin_next(self) -> bool:
        """Whether there is another stream, behind zeros perhaps."""
        while taken := self._take():
            if rest := taken.lstrip(b"\x00"):
                self._at -= len(rest)
                self._inflate = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_LZMA_MEMORY)
                return True
        return False
