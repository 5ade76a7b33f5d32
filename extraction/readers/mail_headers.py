"""Header fields of mails: decoded, in a person's words, and never trusted to be what the standard says."""

import base64
import binascii
import codecs
import datetime as dt
import email.policy
import quopri
import re
from email.message import Message
from email.utils import parsedate_to_datetime

from extraction.readers.text import clean

# More than any list of recipients that was typed; what is longer is cut.
MAX_FIELD_CHARS = 100_000
# What is said of a part is taken apart again and again, each time at the square of its length.
MAX_CONTENT_CHARS = 32 << 10
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=")
_IDS = re.compile(r"<[^<>\s]{1,500}>")


class _Bounded(email.policy.Compat32):  # type: ignore[name-defined,misc]
    """Keeps every field as it stands, for the newer policy fails on malformed ones; what is said of a part, cut."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_CONTENT_CHARS] if name[:8].lower() == "content-" else value


BOUNDED = _Bounded()


def field(message: Message, name: str) -> str:
    """A field's text, on one line; several of one name are joined."""
    return one_line(decode_words(", ".join(_values(message, name))))


def _values(message: Message, name: str) -> list[str]:
    """A field's values as they stand; the library would replace what is no ASCII."""
    return [_raw(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def file_name(part: Message) -> str:
    """What an attachment is called, "" if it says nothing."""
    bare = Message()
    for name in ("Content-Type", "Content-Disposition"):
        for value in _values(part, name)[:1]:
            bare[name] = value[:MAX_FIELD_CHARS]
    return one_line(decode_words(str(bare.get_filename() or "")))


def decode_words(text: str) -> str:
    """Encoded words (=?utf-8?q?…?=) as text; those that follow one another are decoded together."""
    found: list[str] = []
    pending: list[tuple[str, bytes]] = []
    at = 0
    for word in _WORD.finditer(text[:MAX_FIELD_CHARS]):
        between = text[at : word.start()]
        if between.strip() or not pending:
            found += [_joined(pending), between]
            pending = []
        charset = word[1].partition("*")[0].lower()
        data = _bytes(word[2].lower(), word[3])
        if pending and pending[-1][0] == charset:
            pending[-1] = (charset, pending[-1][1] + data)
        else:
            pending.append((charset, data))
        at = word.end()
    return "".join([*found, _joined(pending), text[at:MAX_FIELD_CHARS]])


def one_line(text: str) -> str:
    """Without line ends and runs of spaces."""
    return " ".join(clean(text).split())


def date(message: Message) -> str:
    """When it was sent, ISO 8601; empty if it does not say."""
    raw = "".join(_values(message, "date")[:1])
    try:
        return parsedate_to_datetime(raw[:200]).isoformat(timespec="seconds")
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def iso(moment: dt.datetime | None) -> str:
    """A moment as ISO 8601 in UTC; empty for none."""
    return "" if moment is None else moment.astimezone(dt.UTC).isoformat(timespec="seconds")


def ids(message: Message, name: str) -> str:
    """Message ids of a field, parted by spaces."""
    return " ".join(_IDS.findall(" ".join(_values(message, name))[:MAX_FIELD_CHARS]))


def _raw(value: object) -> str:
    """A field as it stands. Bytes that are no ASCII are UTF-8, or else Windows' Latin."""
    text = str(value)
    if text.isascii():
        return text
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _bytes(form: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if form == "q":
        return quopri.decodestring(data.replace(b"_", b" "))
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return data


def _joined(words: list[tuple[str, bytes]]) -> str:
    return "".join(to_text(data, charset) for charset, data in words)


def to_text(data: bytes, charset: str) -> str:
    """Bytes in a named encoding, which may be unknown or untrue."""
    name = (
        "cp1252" if charset.lower() in ("", "us-ascii", "ascii", "iso-8859-1", "latin-1", "unknown-8bit") else charset
    )
    try:
        if name == "cp1252":
            return data.decode("utf-8")
        return data.decode(codecs.lookup(name).name)
    except (LookupError, UnicodeDecodeError, ValueError):
        return data.decode("cp1252" if name == "cp1252" else "utf-8", "replace")
