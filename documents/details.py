"""What a file says of itself, for people: of a document its author and dates, of an e-mail its fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

# In this order; what a reader found besides these is in the API.
LABELS = {
    "from": "From",
    "to": "To",
    "cc": "Cc",
    "bcc": "Bcc",
    "reply_to": "Reply to",
    "sender": "Sender",
    "date": "Sent",
    "received": "Received",
    "subject": "Subject",
    "attachments": "Attachments",
    "importance": "Importance",
    "message_id": "Message id",
    "in_reply_to": "Answers message",
    "title": "Title",
    "author": "Author",
    "modified_by": "Last changed by",
    "created": "Created",
    "modified": "Changed",
    "printed": "Printed",
    "revision": "Revision",
    "keywords": "Keywords",
    "description": "Description",
    "comments": "Remarks",
    "company": "Company",
    "creator": "Made with",
    "producer": "Written by",
    "camera": "Camera",
    "messages": "Messages",
    "sheets": "Sheets",
    "encoding": "Encoding",
}
_TIMES = frozenset({"date", "received", "created", "modified", "printed"})
# A long list of addressees does not push the rest off the page.
MAX_CHARS = 1_000


def details(meta: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, value) of what is known; a mail's subject is not told again as its title."""
    found = []
    for name, label in LABELS.items():
        value = str(meta.get(name) or "").strip()
        if not value or (name == "title" and value == str(meta.get("subject") or "").strip()):
            continue
        value = _time(value) if name in _TIMES else value
        found.append((label, value if len(value) <= MAX_CHARS else f"{value[:MAX_CHARS]} …"))
    return found


def _time(text: str) -> str:
    """A time as the file has it, with its own offset from UTC if it says one: 21 Feb 2017, 09:55 (UTC+03:00)."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = f" ({time.tzname()})" if time.tzinfo else ""
    return f"{time.day} {time:%b %Y, %H:%M}{zone}"
