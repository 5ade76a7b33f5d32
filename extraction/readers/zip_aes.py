"""Entries of a ZIP that are encrypted with AES, which zipfile cannot read: WinZip's AE-1 and AE-2.

The format is described in WinZip's "AES Encryption Information": salt, two bytes that check the password, the data
in AES counter mode with a counter that starts at 1 and counts in little-endian order, ten bytes of an HMAC-SHA1.
"""

import hashlib
import hmac
import io
import struct
import zipfile
import zlib
from typing import BinaryIO, cast

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

METHOD = 99
_EXTRA_ID = 0x9901
_SALT_BYTES = {1: 8, 2: 12, 3: 16}
_ROUNDS = 1000
_MAC_BYTES = 10


class WrongPassword(Exception):
    """There is no password, or it is not this entry's."""


def open_entry(file: BinaryIO, entry: zipfile.ZipInfo, password: bytes | None) -> BinaryIO:
    """The decrypted and inflated entry. Raises WrongPassword, ValueError if it is damaged."""
    if not password:
        raise WrongPassword
    strength, method = _extra(entry)
    file.seek(entry.header_offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise ValueError("no entry")
    name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
    file.seek(name_bytes + extra_bytes, 1)
    salt_bytes = _SALT_BYTES[strength]
    salt, check = file.read(salt_bytes), file.read(2)
    key_bytes = salt_bytes * 2
    keys = hashlib.pbkdf2_hmac("sha1", password, salt, _ROUNDS, key_bytes * 2 + 2)
    if not hmac.compare_digest(keys[-2:], check):
        raise WrongPassword
    length = entry.compress_size - salt_bytes - 2 - _MAC_BYTES
    if length < 0:
        raise ValueError("too short")
    raw = _Decrypted(file, file.tell(), length, keys[:key_bytes], keys[key_bytes : 2 * key_bytes])
    if method == zipfile.ZIP_STORED:
        return cast(BinaryIO, raw)
    if method != zipfile.ZIP_DEFLATED:
        raise NotImplementedError("method")
    return cast(BinaryIO, _Inflated(raw))


def _extra(entry: zipfile.ZipInfo) -> tuple[int, int]:
    rest = entry.extra
    while len(rest) >= 4:
        kind, size = struct.unpack_from("<HH", rest)
        if kind == _EXTRA_ID and size >= 7:
            strength, method = struct.unpack_from("<BH", rest, 8)
            return strength, method
        rest = rest[4 + size :]
    raise ValueError("no AES field")


class _Decrypted(io.RawIOBase):
    """Deciphers as it is read; at the end the HMAC must match."""

    def __init__(self, file: BinaryIO, at: int, length: int, key: bytes, mac_key: bytes) -> None:
        self._file, self._at, self._left = file, at, length
        self._cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - makes a counter mode
        self._mac = hmac.new(mac_key, digestmod="sha1")
        self._counter = 1
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while self._left and (size < 0 or len(self._rest) < size):
            self._rest += self._next()
        size = len(self._rest) if size < 0 else size
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def _next(self) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(self._left, 256 << 10))
        if not data:
            raise EOFError
        self._at, self._left = self._at + len(data), self._left - len(data)
        self._mac.update(data)
        blocks = -(-len(data) // 16)
        counters = np.zeros((blocks, 2), dtype="<u8")
        counters[:, 0] = np.arange(self._counter, self._counter + blocks, dtype="<u8")
        self._counter += blocks
        stream = np.frombuffer(self._cipher.update(counters.tobytes()), dtype=np.uint8)[: len(data)]
        plain = (np.frombuffer(data, dtype=np.uint8) ^ stream).tobytes()
        if not self._left and not hmac.compare_digest(self._file.read(_MAC_BYTES), self._mac.digest()[:_MAC_BYTES]):
            raise ValueError("changed")
        return plain


class _Inflated(io.RawIOBase):
    def __init__(self, raw: _Decrypted) -> None:
        self._raw, self._inflate = raw, zlib.decompressobj(-15)

    def read(self, size: int = -1) -> bytes:
        size = 256 << 10 if size < 0 else size
        while not self._inflate.eof:
            given = self._inflate.unconsumed_tail or self._raw.read(64 << 10)
            made = self._inflate.decompress(given, size)
            if made:
                return made
            if not given:
                raise EOFError
        self._raw.read(1)
        return b""
