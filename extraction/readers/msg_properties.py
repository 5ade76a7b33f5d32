"""The properties of an Outlook message (MS-OXMSG): one stream per long property, a table for the short ones."""

import datetime as dt
import struct
from dataclasses import dataclass

import olefile

from extraction.errors import PermanentError
from extraction.readers.code_pages import python_name
from extraction.readers.ole_file import stream

# Property ids of MS-OXPROPS.
SUBJECT, BODY, HTML, RTF, HEADERS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D
SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
SENT_FOR_NAME, SENT_FOR_ADDRESS, SENT_FOR_SMTP = 0x0042, 0x0065, 0x5D02
TO, CC, BCC = 0x0E04, 0x0E03, 0x0E02
SUBMITTED, DELIVERED = 0x0039, 0x0E06
MESSAGE_ID, IN_REPLY_TO, REFERENCES = 0x1035, 0x1042, 0x1039
RECIPIENT_KIND, NAME, ADDRESS, SMTP = 0x0C15, 0x3001, 0x3003, 0x39FE
ATTACHED_DATA, ATTACH_LONG_NAME, ATTACH_NAME, ATTACH_METHOD = 0x3701, 0x3707, 0x3704, 0x3705
CONTENT_ID, ATTACH_TYPE, MESSAGE_CLASS, CODE_PAGE, BODY_CODE_PAGE, IMPORTANCE = (
    0x3712,
    0x370E,
    0x001A,
    0x3FFD,
    0x3FDE,
    0x0017,
)
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_UNICODE, _TEXT8, _BINARY, _TIME, _LONG = 0x001F, 0x001E, 0x0102, 0x0040, 0x0003


@dataclass
class Properties:
    """Properties of the object in a storage: `path` is the storage's; the message itself is in []."""

    ole: olefile.OleFileIO
    path: list[str]
    header_bytes: int
    encoding: str = "cp1252"

    def __post_init__(self) -> None:
        self._short: dict[int, bytes] = {}
        name = [*self.path, "__properties_version1.0"]
        if self.ole.exists(name):
            table = stream(self.ole, name)[self.header_bytes :]
            for at in range(0, len(table) - 15, 16):
                tag, _, value = struct.unpack_from("<II8s", table, at)
                self._short[tag] = value
        if (number := self.number(CODE_PAGE) or self.number(BODY_CODE_PAGE)) and self.encoding == "cp1252":
            self.encoding = python_name(number)

    def text(self, number: int) -> str:
        """A text property, "" if there is none."""
        if (data := self._long(number, _UNICODE)) is not None:
            return data.decode("utf-16-le", "replace").rstrip("\x00")
        if (data := self._long(number, _TEXT8)) is not None:
            return data.decode(self.encoding, "replace").rstrip("\x00")
        return ""

    def data(self, number: int) -> bytes | None:
        """A binary property."""
        return self._long(number, _BINARY)

    def size(self, number: int) -> int:
        """How long a binary property says it is; −1 if there is none."""
        name = [*self.path, f"__substg1.0_{number:04X}{_BINARY:04X}"]
        return int(self.ole.get_size(name)) if self.ole.exists(name) else -1

    def number(self, number: int) -> int:
        """A whole number, 0 if there is none."""
        value = self._short.get(number << 16 | _LONG)
        return struct.unpack("<i4x", value)[0] if value else 0

    def time(self, number: int) -> dt.datetime | None:
        """A moment in UTC."""
        value = self._short.get(number << 16 | _TIME)
        ticks = struct.unpack("<Q", value)[0] if value else 0
        try:
            return _EPOCH + dt.timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def storage(self, number: int) -> list[str] | None:
        """The path of a property that is a storage of its own: an embedded message."""
        path = [*self.path, f"__substg1.0_{number:04X}000D"]
        return path if self.ole.exists(path) else None

    def children(self, prefix: str) -> list[list[str]]:
        """Paths of the storages in this one whose names begin with `prefix`, in order."""
        depth = len(self.path)
        found = {
            entry[depth]
            for entry in self.ole.listdir(streams=True, storages=True)
            if len(entry) > depth and entry[:depth] == self.path and entry[depth].startswith(prefix)
        }
        return [[*self.path, name] for name in sorted(found)]

    def _long(self, number: int, kind: int) -> bytes | None:
        name = [*self.path, f"__substg1.0_{number:04X}{kind:04X}"]
        try:
            return stream(self.ole, name) if self.ole.exists(name) else None
        except PermanentError:
            # One damaged property does not cost the rest of the message.
            return None
