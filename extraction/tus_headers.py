"""The headers of tus 1.0, the protocol of resumable uploads (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Any

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination,checksum"
PART_TYPE = "application/offset+octet-stream"
# What the protocol calls a checksum that does not fit.
CHECKSUM_MISMATCH = 460
_DIGESTS: dict[str, Callable[[bytes], Any]] = {
    "sha256": hashlib.sha256,
    # Asked of every server; it finds what was damaged on the way, not what somebody has changed.
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False),
}
CHECKSUMS = ",".join(_DIGESTS)


def metadata(header: str) -> dict[str, str]:
    """Upload-Metadata: `name base64-of-UTF-8, name base64, …`. Raises ValueError."""
    found = {}
    for pair in filter(None, map(str.strip, header.split(","))):
        name, _, encoded = pair.partition(" ")
        try:
            found[name] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise ValueError(f"{name} is not the base64 of UTF-8") from None
    return found


def number(header: str | None) -> int | None:
    """A count of bytes; None if it is none."""
    return int(header) if header and header.isascii() and header.isdigit() and len(header) <= 18 else None


def fits(header: str, data: bytes) -> bool:
    """Whether Upload-Checksum, `algorithm base64`, is that of the data. Raises ValueError if it cannot be told."""
    name, _, encoded = header.partition(" ")
    if name not in _DIGESTS:
        raise ValueError(f"the checksums known here are {CHECKSUMS}")
    try:
        wanted = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        raise ValueError("the checksum is not base64") from None
    return bool(_DIGESTS[name](data).digest() == wanted)
