"""RTF as Outlook packs it (MS-OXRTFCP): LZ77 with a dictionary that is full of RTF before it begins."""

import struct

from extraction.errors import PermanentError

_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_WINDOW = 4096
MAX_BYTES = 64 << 20


def unpack(data: bytes) -> bytes:
    """The RTF. Raises PermanentError(corrupt | archive_limit)."""
    if len(data) < 16:
        raise PermanentError("corrupt", "compressed RTF")
    size, kind = struct.unpack_from("<4xI4s", data)
    if kind == _PLAIN:
        return data[16 : 16 + size]
    if kind != _COMPRESSED:
        raise PermanentError("corrupt", "compressed RTF")
    window = bytearray(_START.ljust(_WINDOW, b"\x00"))
    write, made, at = len(_START), bytearray(), 16
    while at < len(data):
        control, at = data[at], at + 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 1 >= len(data):
                    return bytes(made[:size])
                reference = data[at] << 8 | data[at + 1]
                at += 2
                source, length = reference >> 4, (reference & 15) + 2
                if source == write:
                    return bytes(made[:size])
                for _ in range(length):
                    byte = window[source]
                    made.append(byte)
                    window[write] = byte
                    source, write = (source + 1) % _WINDOW, (write + 1) % _WINDOW
            elif at < len(data):
                byte, at = data[at], at + 1
                made.append(byte)
                window[write] = byte
                write = (write + 1) % _WINDOW
        if len(made) > MAX_BYTES:
            raise PermanentError("archive_limit", "compressed RTF")
    return bytes(made[:size])
