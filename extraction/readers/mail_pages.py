"""A mail as pages, whatever it came as: its fields are the first lines, then its text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from extraction.readers.flow_pages import Block

FIELDS = ("from", "to", "cc", "bcc", "date", "subject")
_NAMES = {"from": "From", "to": "To", "cc": "Cc", "bcc": "Bcc", "date": "Date", "subject": "Subject"}
META = (*FIELDS, "message_id", "in_reply_to", "references", "reply_to", "sender", "received", "importance")


@dataclass
class Mail:
    """`fields` by the names of META; `sent` is the date as the mail writes it. `body`: blocks of its text."""

    fields: dict[str, str] = field(default_factory=dict)
    sent: str = ""
    body: Iterable[Block] = ()
    attachments: list[str] = field(default_factory=list)

    def meta(self) -> dict[str, str]:
        """Facts for DocumentInfo."""
        found = {name: self.fields[name] for name in META if self.fields.get(name)}
        if self.fields.get("subject"):
            found["title"] = self.fields["subject"]
        if self.attachments:
            found["attachments"] = str(len(self.attachments))
        return found

    def blocks(self) -> Iterator[Block]:
        """The lines of the header, an empty one, and the text."""
        for name in FIELDS:
            value = (self.sent or self.fields.get("date", "")) if name == "date" else self.fields.get(name, "")
            if value:
                yield Block(f"{_NAMES[name]}: {value}")
        if self.attachments:
            yield Block(f"Attachments: {'; '.join(self.attachments)}")
        yield Block("")
        yield from self.body


def text_blocks(text: str, *, flowed: bool = False, delete_space: bool = False) -> Iterator[Block]:
    """A mail's plain text. `flowed`: a line that ends with a space goes on in the next (RFC 3676)."""
    if flowed:
        text = _unfolded(text, delete_space)
    yield Block(text)


def _unfolded(text: str, delete_space: bool) -> str:
    lines: list[str] = []
    goes_on = False
    for line in text.replace("\r\n", "\n").split("\n"):
        plain = line.removeprefix(" ")
        if goes_on and plain != "-- " and not plain.startswith(">"):
            lines[-1] += plain
        else:
            lines.append(plain)
        goes_on = plain.endswith(" ") and plain != "-- " and not plain.startswith(">")
        if goes_on and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
