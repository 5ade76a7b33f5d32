"""Outlook messages (MSG): fields, recipients, text, attachments; a message within becomes an EML of its own."""

import email
import email.policy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import BinaryIO

from extraction.errors import ExtractionError, PermanentError
from extraction.readers import mail_headers
from extraction.readers import msg_properties as p
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver
from extraction.readers.html_text import read_html
from extraction.readers.mail_pages import Mail, text_blocks
from extraction.readers.msg_properties import Properties
from extraction.readers.ole_file import open_ole
from extraction.readers.pictures import worth_keeping
from extraction.readers.rtf_compressed import unpack
from extraction.readers.rtf_text import read_rtf
from extraction.readers.text import clean
from extraction.readers.zip_container import Budget

# Sizes of the heads of property tables: of the file, of a message within, of a recipient or an attachment.
_TOP, _WITHIN, _PART = 32, 24, 8
_TO, _CC, _BCC = 1, 2, 3
_EMBEDDED_MESSAGE = 5
_IMPORTANCE = {2: "high"}
MAX_DEPTH = 5
MAX_RECIPIENTS = 5000
MAX_ATTACHMENTS = 2000


@dataclass(frozen=True)
class Attachment:
    """A message within a message has a path, `message`; any other attachment has bytes, read when they are wanted."""

    name: str
    held: Properties
    message: list[str] | None
    inline: bool

    def data(self, budget: Budget) -> bytes:
        """Raises PermanentError(archive_limit) once `budget` is used up."""
        budget.spend(self.held.size(p.ATTACHED_DATA))
        return self.held.data(p.ATTACHED_DATA) or b""


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a message, then its attachments. Raises PermanentError(corrupt)."""
    # Streams of an honest file share no bytes: together they are no longer than it is.
    size = file.seek(0, 2)
    with open_ole(file) as ole:
        top = Properties(ole, [], _TOP)
        flow = Flow(())
        attached = _worth_keeping(attachments(top), Budget(size))
        mail = to_mail(top, flow)
        mail.attachments = [a.name for a in attached if not a.inline]
        flow.meta, flow.blocks = mail.meta(), mail.blocks()
        yield from deliver(flow, options)
        budget = Budget(size)
        for one in attached:
            pieces = _bytes(one, budget) if one.message is None else _embedded(top, one.message, budget)
            yield Member(one.name, pieces)


def _worth_keeping(found: Iterable[Attachment], budget: Budget) -> list[Attachment]:
    """Without the pictures of signatures."""
    kept = []
    for one in found:
        try:
            if not one.inline or worth_keeping(one.data(budget)):
                kept.append(one)
        except PermanentError:
            # It is said of the member what is the matter with it.
            kept.append(one)
    return kept


def _bytes(one: Attachment, budget: Budget) -> Iterator[bytes]:
    yield one.data(budget)


def to_mail(message: Properties, flow: Flow) -> Mail:
    """The message's fields and text."""
    headers = email.message_from_string(message.text(p.HEADERS)[:200_000], policy=email.policy.compat32)
    fields = {"subject": mail_headers.one_line(message.text(p.SUBJECT))}
    fields["from"] = _person(message, p.SENDER_NAME, p.SENDER_SMTP, p.SENDER_ADDRESS) or _person(
        message, p.SENT_FOR_NAME, p.SENT_FOR_SMTP, p.SENT_FOR_ADDRESS
    )
    fields["from"] = fields["from"] or mail_headers.field(headers, "from")
    fields |= _recipients(message)
    fields["date"] = mail_headers.iso(message.time(p.SUBMITTED)) or mail_headers.date(headers)
    fields["received"] = mail_headers.iso(message.time(p.DELIVERED))
    fields["importance"] = _IMPORTANCE.get(message.number(p.IMPORTANCE), "")
    for name, number, theirs in (
        ("message_id", p.MESSAGE_ID, "message-id"),
        ("in_reply_to", p.IN_REPLY_TO, "in-reply-to"),
        ("references", p.REFERENCES, "references"),
    ):
        fields[name] = mail_headers.one_line(message.text(number)) or mail_headers.ids(headers, theirs)
    return Mail(fields, mail_headers.field(headers, "date"), _body(message, flow))


def _person(message: Properties, name: int, smtp: int, address: int) -> str:
    called = mail_headers.one_line(message.text(name))
    where = message.text(smtp) or message.text(address)
    # An address within an Exchange organisation is no address for people.
    where = "" if where.lower().startswith("/o=") else mail_headers.one_line(where)
    if called and where and called.lower() != where.lower():
        return f"{called} <{where}>"
    return called or where


def _recipients(message: Properties) -> dict[str, str]:
    kinds: dict[int, list[str]] = {_TO: [], _CC: [], _BCC: []}
    for path in message.children("__recip_version1.0_")[:MAX_RECIPIENTS]:
        one = Properties(message.ole, path, _PART, message.encoding)
        if person := _person(one, p.NAME, p.SMTP, p.ADDRESS):
            kinds.get(one.number(p.RECIPIENT_KIND) & 0xF, kinds[_TO]).append(person)
    shown = {"to": p.TO, "cc": p.CC, "bcc": p.BCC}
    return {
        name: ", ".join(kinds[kind]) or mail_headers.one_line(message.text(shown[name]))
        for name, kind in (("to", _TO), ("cc", _CC), ("bcc", _BCC))
    }


def _body(message: Properties, flow: Flow) -> Iterator[Block]:
    if text := message.text(p.BODY):
        yield from text_blocks(text)
    elif html := message.data(p.HTML) or message.text(p.HTML).encode():
        visible = read_html(html)
        if visible.hidden:
            flow.warn("hidden_text")
        yield from visible.blocks
    elif packed := message.data(p.RTF):
        try:
            yield from read_rtf(unpack(packed)).blocks
        except ExtractionError:
            flow.warn("damaged_end")


def attachments(message: Properties) -> Iterator[Attachment]:
    """What is attached to a message, in order."""
    for number, path in enumerate(message.children("__attach_version1.0_")[:MAX_ATTACHMENTS], 1):
        one = Properties(message.ole, path, _PART, message.encoding)
        inner = one.storage(p.ATTACHED_DATA)
        name = one.text(p.ATTACH_LONG_NAME) or one.text(p.ATTACH_NAME) or one.text(p.NAME)
        name = mail_headers.one_line(name).replace("/", "_")[:500] or f"attachment-{number}"
        if inner is not None and one.number(p.ATTACH_METHOD) == _EMBEDDED_MESSAGE:
            yield Attachment(name if name.lower().endswith((".eml", ".msg")) else f"{name}.eml", one, inner, False)
        elif one.size(p.ATTACHED_DATA) >= 0:
            picture = one.text(p.ATTACH_TYPE).startswith("image/") or name.lower().endswith((".png", ".jpg", ".gif"))
            yield Attachment(name, one, None, picture and bool(one.text(p.CONTENT_ID)))


def _embedded(message: Properties, path: list[str], budget: Budget) -> Iterator[bytes]:
    yield as_eml(Properties(message.ole, path, _WITHIN, message.encoding), budget).as_bytes()


def as_eml(message: Properties, budget: Budget, depth: int = 1) -> EmailMessage:
    """A message within a message, which is no file by itself, as one. Raises PermanentError(archive_limit)."""
    if depth > MAX_DEPTH:
        raise PermanentError("archive_limit", "nested messages")
    mail = to_mail(message, Flow(()))
    made = EmailMessage(policy=email.policy.SMTP)
    names = {"from": "From", "to": "To", "cc": "Cc", "bcc": "Bcc", "subject": "Subject", "message_id": "Message-ID"}
    names |= {"in_reply_to": "In-Reply-To", "references": "References"}
    for ours, theirs in names.items():
        if value := mail.fields.get(ours):
            _set(made, theirs, value)
    if moment := message.time(p.SUBMITTED):
        made["Date"] = moment
    html = message.data(p.HTML)
    if html and not message.text(p.BODY):
        made.set_content(html, maintype="text", subtype="html")
    else:
        made.set_content(clean("\n".join(block.text for block in mail.body)))
    for one in attachments(message):
        if one.message is not None:
            inner = as_eml(Properties(message.ole, one.message, _WITHIN, message.encoding), budget, depth + 1)
            made.add_attachment(inner, filename=one.name)
        else:
            made.add_attachment(one.data(budget), maintype="application", subtype="octet-stream", filename=one.name)
    return made


def _set(made: EmailMessage, name: str, value: str) -> None:
    """Set a field as an encoded word, whatever is in it."""
    safe = value.encode("utf-8", "replace").decode()
    try:
        made[name] = safe
    except (ValueError, IndexError, AttributeError, TypeError):
        # The library's own parser of addresses fails on some.
        made[f"X-{name}"] = safe
