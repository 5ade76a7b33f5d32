"""Mailboxes (MBOX): each message is a file of its own; the pages list what there is."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import mail_headers
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver, row

# As of an archive: each becomes a document.
MAX_MESSAGES = 2000
PIECE_BYTES = 256 << 10
MAX_HEADER_BYTES = 64 << 10


@dataclass(frozen=True)
class Span:
    """Where a message lies in the file."""

    start: int
    end: int


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """A list of the messages, then the messages. Raises PermanentError(corrupt)."""
    spans = list(_spans(file))
    if not spans:
        raise PermanentError("corrupt", "no message")
    kept = spans[:MAX_MESSAGES]
    flow = Flow(_listing(file, spans), {"messages": str(len(spans))})
    if len(kept) < len(spans):
        flow.warn("members_left_out")
    yield from deliver(flow, options)
    digits = len(str(len(spans)))
    for number, span in enumerate(kept, 1):
        yield Member(f"message-{number:0{digits}d}.eml", _pieces(file, span))


def _spans(file: BinaryIO) -> Iterator[Span]:
    """Messages between lines that start with "From " after an empty line, or at the file's start."""
    file.seek(0)
    start: int | None = None
    at, blank, begins = 0, True, True
    # A line may be longer than is read at once: only its beginning can be such a line.
    while line := file.readline(PIECE_BYTES):
        if begins and blank and line.startswith(b"From "):
            if start is not None:
                yield Span(start, at)
            start = at + len(line)
        blank = begins and line in (b"\n", b"\r\n")
        begins = line.endswith(b"\n")
        at += len(line)
    if start is not None:
        yield Span(start, at)


def _listing(file: BinaryIO, spans: list[Span]) -> Iterator[Block]:
    yield Block(f"Mailbox with {len(spans)} message{'' if len(spans) == 1 else 's'}")
    yield row(["No.", "Date", "From", "Subject"], table=1, title_row=True)
    for number, span in enumerate(spans, 1):
        file.seek(span.start)
        head = file.read(min(MAX_HEADER_BYTES, span.end - span.start))
        message = email.message_from_bytes(head.partition(b"\n\n")[0], policy=email.policy.compat32)
        facts = [mail_headers.field(message, name)[:200] for name in ("from", "subject")]
        yield row([str(number), mail_headers.date(message)[:10], *facts], table=1)


def _pieces(file: BinaryIO, span: Span) -> Iterator[bytes]:
    """The message, with ">From " at a line's start as "From " again."""
    at, begins, waiting = span.start, True, bytearray()
    while at < span.end:
        file.seek(at)
        line = file.readline(min(PIECE_BYTES, span.end - at))
        if not line:
            break
        at += len(line)
        quoted = begins and line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
        begins = line.endswith(b"\n")
        waiting += line[1:] if quoted else line
        if len(waiting) >= PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
