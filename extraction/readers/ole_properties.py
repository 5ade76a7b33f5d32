"""The summary information of OLE files (MS-OLEPS): title, author, dates.

Read here because olefile believes any count of properties, and a damaged one keeps it busy for minutes.
"""

import datetime as dt
import struct

import olefile

from extraction.errors import PermanentError
from extraction.readers.code_pages import python_name
from extraction.readers.ole_file import stream

MAX_PROPERTIES = 200
MAX_TEXT_BYTES = 64 << 10
_SUMMARY = {
    2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 8: "modified_by", 11: "printed", 12: "created",
    13: "modified", 18: "producer",
}  # fmt: skip
_DOCUMENT_SUMMARY = {2: "category", 14: "manager", 15: "company"}
_STREAMS = {"\x05SummaryInformation": _SUMMARY, "\x05DocumentSummaryInformation": _DOCUMENT_SUMMARY}
_CODE_PAGE, _SHORT, _TEXT8, _TEXT16, _TIME = 1, 2, 30, 31, 64
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def meta(ole: olefile.OleFileIO) -> dict[str, str]:
    """Facts by name; nothing of what is damaged."""
    found: dict[str, str] = {}
    for name, wanted in _STREAMS.items():
        if not ole.exists(name):
            continue
        try:
            found |= _section(stream(ole, name), wanted)
        except (PermanentError, struct.error, ValueError):
            continue
    return found


def _section(data: bytes, wanted: dict[int, str]) -> dict[str, str]:
    (start,) = struct.unpack_from("<I", data, 44)
    (count,) = struct.unpack_from("<I", data, start + 4)
    offsets = dict(
        struct.unpack_from("<II", data, start + 8 + 8 * index)
        for index in range(min(count, MAX_PROPERTIES, (len(data) - start - 8) // 8))
    )
    encoding = "cp1252"
    if _CODE_PAGE in offsets:
        kind, number = struct.unpack_from("<IH", data, start + offsets[_CODE_PAGE])
        encoding = python_name(number) if kind == _SHORT else encoding
    found = {}
    for number, name in wanted.items():
        if number in offsets and (text := _value(data, start + offsets[number], encoding)):
            found[name] = text
    return found


def _value(data: bytes, at: int, encoding: str) -> str:
    if at + 8 > len(data):
        return ""
    kind, size = struct.unpack_from("<II", data, at)
    if kind == _TEXT8:
        return data[at + 8 :][: min(size, MAX_TEXT_BYTES)].decode(encoding, "replace").partition("\x00")[0].strip()
    if kind == _TEXT16:
        return (
            data[at + 8 :][: min(2 * size, MAX_TEXT_BYTES)].decode("utf-16-le", "replace").partition("\x00")[0].strip()
        )
    if kind == _TIME and at + 12 <= len(data):
        (ticks,) = struct.unpack_from("<Q", data, at + 4)
        try:
            moment = _EPOCH + dt.timedelta(microseconds=ticks // 10)
        except OverflowError:
            return ""
        # Times long past are how "never" is written.
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year > 1900 else ""
    return ""
