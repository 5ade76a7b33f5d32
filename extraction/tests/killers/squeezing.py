"""Large things compressed at once: the same block again and again, for nobody has the time to squeeze gigabytes."""

import bz2
import lzma
import struct
import zlib

MB = bytes(1 << 20)
RAW, ZLIB, GZIP = -15, 15, 31


def deflated(block: bytes, times: int, form: int = ZLIB) -> bytes:
    """A stream that inflates to so many of the blocks, as it lies in a ZIP, a PDF or a gzip file."""
    squeeze = zlib.compressobj(9, wbits=RAW)
    one = squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH)
    body = one * times + squeeze.flush()
    if form == RAW:
        return body
    if form == ZLIB:
        checksum = 1
        for _ in range(times):
            checksum = zlib.adler32(block, checksum)
        return b"\x78\xda" + body + struct.pack(">I", checksum)
    end = struct.pack("<II", checked(block, times), len(block) * times & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + body + end


def checked(block: bytes, times: int) -> int:
    """The CRC of so many of the blocks."""
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(block, checksum)
    return checksum


def squeezed(block: bytes, times: int, kind: str) -> bytes:
    """As a gzip, bzip2 or xz file."""
    if kind == "gzip":
        return deflated(block, times, GZIP)
    return (bz2.compress(block) if kind == "bzip2" else lzma.compress(block)) * times
