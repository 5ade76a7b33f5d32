"""Embedded objects of office files: the file that lies within an OLE object, and the name it had."""

import io
import struct
from collections.abc import Iterator

import olefile

from extraction.errors import PermanentError
from extraction.readers.base import Member
from extraction.readers.ole_file import open_ole, stream

# Streams that hold a whole file as it is.
PLAIN = ("CONTENTS", "Package", "WordDocument", "Workbook", "Book", "PowerPoint Document")
MAX_MEMBERS = 500


def unwrap(data: bytes) -> tuple[str, bytes] | None:
    """The name ("" if unknown) and the bytes of the embedded file; None if there is only a drawing."""
    if not data.startswith(olefile.MAGIC):
        return None
    try:
        ole = open_ole(io.BytesIO(data))
        with ole:
            if ole.exists("\x01Ole10Native"):
                return _native(stream(ole, "\x01Ole10Native"))
            for name in PLAIN[:2]:
                if ole.exists(name):
                    return "", stream(ole, name)
            # A document of an older Office: the object is itself the file.
            return ("", data) if any(ole.exists(name) for name in PLAIN[2:]) else None
    except Exception:
        # The object alone is lost; the document around it is read.
        return None


def members(ole: olefile.OleFileIO) -> Iterator[Member]:
    """Files embedded in a DOC or XLS: each lies in a storage of its own."""
    found = [path for path in ole.listdir() if len(path) > 1 and path[-1] in ("\x01Ole10Native", *PLAIN[:2])]
    for number, path in enumerate(found[:MAX_MEMBERS], 1):
        try:
            data = stream(ole, path)
            unpacked = _native(data) if path[-1] == "\x01Ole10Native" else ("", data)
        except (PermanentError, ValueError, struct.error):
            continue
        if unpacked and unpacked[1]:
            yield Member(unpacked[0] or f"object-{number}", (unpacked[1],))


def unwrap_package(data: bytes) -> tuple[str, bytes] | None:
    """The file in an OLE 1 object of class Package, as RTF carries it; None if there is none."""
    try:
        at = data.index(b"Package\x00") + 8
        # Topic and item, each with its length, then the length of the packager's own data.
        for _ in range(2):
            (length,) = struct.unpack_from("<I", data, at)
            at += 4 + length
        return _native(data[at:])
    except (ValueError, struct.error):
        return None


def _native(data: bytes) -> tuple[str, bytes] | None:
    """What the packager of Windows keeps: label, path, temporary path, then the file."""
    at = 6
    label, at = _text(data, at)
    _, at = _text(data, at)
    at += 4
    (length,) = struct.unpack_from("<I", data, at)
    at += 4 + length
    (size,) = struct.unpack_from("<I", data, at)
    content = data[at + 4 : at + 4 + size]
    return (label, content) if content else None


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\x00", at)
    return data[at:end].decode("cp1252", "replace"), end + 1
