"""E-mail messages (EML): fields, text, attachments and the messages forwarded in them."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import mail_headers
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver
from extraction.readers.html_text import read_html
from extraction.readers.mail_headers import field as header
from extraction.readers.mail_headers import to_text
from extraction.readers.mail_pages import Mail, text_blocks
from extraction.readers.pictures import worth_keeping

MAX_ATTACHMENTS = 2000
MAX_PARTS = 20_000
PIECE_BYTES = 256 << 10
# Signatures: they say nothing to read, and every signed mail has one.
_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_EXTENSIONS = {
    "application/pdf": ".pdf", "text/calendar": ".ics", "text/plain": ".txt", "text/html": ".html", "text/csv": ".csv",
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/tiff": ".tif", "message/rfc822": ".eml",
    "application/zip": ".zip", "application/msword": ".doc", "application/rtf": ".rtf", "text/vcard": ".vcf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx", "text/rtf": ".rtf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}  # fmt: skip


@dataclass
class Parts:
    """What a message's tree holds. `cut`: there were more attachments than are taken."""

    texts: list[Message] = field(default_factory=list)
    attached: list[Message] = field(default_factory=list)
    sealed: bool = False
    cut: bool = False


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a message, then its attachments. Raises PermanentError(corrupt | empty)."""
    file.seek(0)
    # The older policy keeps every header as it stands; the newer one fails on malformed ones.
    message = email.message_from_binary_file(file, policy=mail_headers.BOUNDED)
    if not message.keys() and not message.get_payload():
        raise PermanentError("empty")
    flow = Flow(())
    parts = Parts()
    _sort(message, parts)
    mail = _mail(message, parts, flow)
    flow.meta, flow.blocks = mail.meta(), mail.blocks()
    if message.defects or any(p.defects for p in parts.texts + parts.attached):
        flow.warn("mail_malformed")
    if parts.sealed:
        flow.warn("mail_encrypted")
    if parts.cut:
        flow.warn("members_left_out")
    yield from deliver(flow, options)
    for number, part in enumerate(parts.attached, 1):
        yield from _member(part, number)


def _mail(message: Message, parts: Parts, flow: Flow) -> Mail:
    fields = {name: header(message, name) for name in ("from", "to", "cc", "bcc", "subject", "sender", "importance")}
    fields["reply_to"] = header(message, "reply-to")
    fields["date"] = mail_headers.date(message)
    for name, theirs in (("message_id", "message-id"), ("in_reply_to", "in-reply-to"), ("references", "references")):
        fields[name] = mail_headers.ids(message, theirs)
    names = [file_name(part, number) for number, part in enumerate(parts.attached, 1) if not _is_inline_picture(part)]
    return Mail(fields, header(message, "date"), _body(parts, flow), names)


def _sort(part: Message, parts: Parts, depth: int = 0) -> None:
    """Put each leaf of the tree among the texts or the attachments; of alternatives take the best that is read."""
    if depth > 100 or len(parts.texts) + len(parts.attached) > MAX_PARTS:
        parts.cut = True
        return
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/global"):
        _attach(part, parts)
    elif part.is_multipart():
        inner = [p for p in part.get_payload() if isinstance(p, Message)]
        if kind == "multipart/alternative":
            _sort_alternatives(inner, parts, depth)
        elif kind == "multipart/encrypted":
            parts.sealed = True
            for one in inner[1:]:
                _attach(one, parts)
        else:
            for one in inner:
                _sort(one, parts, depth + 1)
    elif kind in _SIGNATURES:
        return
    elif kind in _SEALED and str(part.get_param("smime-type", "")).lower() != "signed-data":
        parts.sealed = True
        _attach(part, parts)
    elif kind in ("text/plain", "text/html", "text/enriched") and not _is_file(part, parts):
        parts.texts.append(part)
    else:
        _attach(part, parts)


def _sort_alternatives(inner: list[Message], parts: Parts, depth: int) -> None:
    """Plain text that says something, else the last form there is; other files among them are kept."""
    plain = [p for p in inner if p.get_content_type() == "text/plain" and _data(p).strip()]
    rich = [p for p in inner if p.get_content_type() == "text/html" or p.get_content_maintype() == "multipart"]
    chosen = plain[0] if plain else rich[-1] if rich else None
    for part in inner:
        if part is chosen:
            _sort(part, parts, depth + 1)
        elif part.get_content_type() in (
            "text/plain",
            "text/html",
            "text/enriched",
            "text/watch-html",
            "text/x-amp-html",
        ):
            continue
        elif part.get_content_maintype() == "multipart":
            # The files of a richer form, without saying its text a second time.
            other = Parts()
            _sort(part, other, depth + 1)
            parts.attached += other.attached
        else:
            _sort(part, parts, depth + 1)


def _attach(part: Message, parts: Parts) -> None:
    if len(parts.attached) < MAX_ATTACHMENTS:
        parts.attached.append(part)
    else:
        parts.cut = True


def _is_file(part: Message, parts: Parts) -> bool:
    """Whether a text part was sent as a file: it says so, or it has a name and the text was said before it."""
    return part.get_content_disposition() == "attachment" or (bool(part.get_filename()) and bool(parts.texts))


def _body(parts: Parts, flow: Flow) -> Iterator[Block]:
    for part in parts.texts:
        charset = str(part.get_content_charset() or "")
        data = _data(part)
        if part.get_content_type() == "text/html":
            visible = read_html(data, charset)
            if visible.hidden:
                flow.warn("hidden_text")
            yield from visible.blocks
        else:
            flowed = str(part.get_param("format", "")).lower() == "flowed"
            spaces = str(part.get_param("delsp", "")).lower() == "yes"
            yield from text_blocks(to_text(data, charset), flowed=flowed, delete_space=spaces)


def _data(part: Message) -> bytes:
    """A leaf's bytes, decoded as far as they can be."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def file_name(part: Message, number: int) -> str:
    """An attachment's name, or one made of its number and kind."""
    if name := mail_headers.file_name(part)[:500]:
        return name
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/global"):
        inner = part.get_payload()
        subject = header(inner[0], "subject") if isinstance(inner, list) and isinstance(inner[0], Message) else ""
        return f"{subject[:150] or f'message-{number}'}.eml"
    return f"attachment-{number}{_EXTENSIONS.get(kind, '')}"


def _is_inline_picture(part: Message) -> bool:
    inline = part.get_content_disposition() == "inline" or (bool(part["content-id"]) and not _is_attached(part))
    return part.get_content_maintype() == "image" and inline


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _member(part: Message, number: int) -> Iterator[Member]:
    if _is_inline_picture(part) and not worth_keeping(_data(part)):
        return
    yield Member(file_name(part, number).replace("/", "_"), _pieces(part), {"media_type": part.get_content_type()})


def _pieces(part: Message) -> Iterator[bytes]:
    if part.is_multipart():
        inner = part.get_payload()
        whole = inner[0] if isinstance(inner, list) and inner else None
        data = whole.as_bytes(policy=email.policy.compat32) if isinstance(whole, Message) else b""
    else:
        data = _data(part)
    for at in range(0, len(data), PIECE_BYTES):
        yield data[at : at + PIECE_BYTES]
