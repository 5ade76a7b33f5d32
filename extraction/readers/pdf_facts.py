"""What a PDF says about itself, and what in it should make a person look twice."""

import ctypes
import re
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from extraction.errors import PermanentError
from extraction.readers.base import Member
from extraction.readers.zip_container import MAX_RATIO, RATIO_FROM_BYTES, Budget

META = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Producer": "producer",
    "Creator": "creator",
    "CreationDate": "created",
    "ModDate": "modified",
}
_TIME = re.compile(
    r"(?:D:)?(?P<year>\d{4})(?P<month>\d\d)?(?P<day>\d\d)?(?P<hour>\d\d)?(?P<minute>\d\d)?(?P<second>\d\d)?"
    r"(?P<zone>[Zz+-])?(?:(?P<hours>\d\d)'?(?P<minutes>\d\d)?'?)?"
)
_LAUNCH = re.compile(rb"/S\s{0,8}/Launch\b")
MAX_LOOKED_THROUGH = 256 << 20
MAX_ATTACHMENTS = 500
PIECE_BYTES = 1 << 20


def meta(document: pdfium.PdfDocument) -> dict[str, str]:
    """Title, author, dates, producer; of what is there."""
    found = document.get_metadata_dict(skip_empty=True)
    facts = {ours: _clean(found[theirs])[:1000] for theirs, ours in META.items() if theirs in found}
    return facts | {name: iso_time(facts[name]) for name in ("created", "modified") if name in facts}


def iso_time(text: str) -> str:
    """A time as PDF writes it (D:20210818121852+04'18', ISO 32000 §7.9.4) in ISO 8601; what is none, as it is."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return text
    given = found.group("year", "month", "day", "hour", "minute", "second")
    year, month, day, hour, minute, second = (int(n or least) for n, least in zip(given, "111000", strict=True))
    zone = (found["zone"] or "").upper()
    offset = f"{zone}{found['hours']}:{found['minutes'] or '00'}" if zone in tuple("+-") and found["hours"] else ""
    try:
        time = datetime(year, month, day, hour, minute, second)
        return datetime.fromisoformat(f"{time.isoformat()}{offset or ('Z' if zone == 'Z' else '')}").isoformat()
    except ValueError:
        return text


def cautions(document: pdfium.PdfDocument, file: BinaryIO) -> tuple[str, ...]:
    """Warning codes: JavaScript, programs to start, digital signatures, forms that fill themselves."""
    found = []
    if _mentions_launch(file):
        found.append("has_launch_action")
    if raw.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
        found.append("has_javascript")
    if raw.FPDF_GetSignatureCount(document.raw) > 0:
        found.append("has_signature")
    if document.get_formtype() in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND):
        found.append("has_xfa_form")
    return tuple(found)


def _mentions_launch(file: BinaryIO) -> bool:
    """Whether an action that starts a program stands in the file as it is. PDFium tells of those of links only; what
    lies in compressed objects is not seen here."""
    file.seek(0)
    rest = b""
    for _ in range(MAX_LOOKED_THROUGH // PIECE_BYTES):
        piece = file.read(PIECE_BYTES)
        if not piece:
            break
        if _LAUNCH.search(rest + piece):
            return True
        rest = piece[-32:]
    return False


def label(document: pdfium.PdfDocument, index: int) -> str:
    """What the document itself calls its page (“iv”, “A-3”), empty if nothing."""
    buffer = ctypes.create_string_buffer(256)
    size = raw.FPDF_GetPageLabel(document.raw, index, buffer, 256)
    if not 2 < size <= 256:
        return ""
    return _clean(buffer.raw[: size - 2].decode("utf-16-le", errors="replace"))[:40]


def members(document: pdfium.PdfDocument, file_bytes: int) -> Iterator[Member]:
    """The files embedded in the document, which is `file_bytes` long."""
    budget, most = Budget(), max(RATIO_FROM_BYTES, file_bytes * MAX_RATIO)
    for index in range(min(document.count_attachments(), MAX_ATTACHMENTS)):
        attachment = document.get_attachment(index)
        try:
            name = attachment.get_name()
        except pdfium.PdfiumError:
            name = ""
        yield Member(_clean(name) or f"attachment {index + 1}", _pieces(attachment, most, budget))


def _pieces(attachment: pdfium.PdfAttachment, most: int, budget: Budget) -> Iterator[bytes]:
    size = ctypes.c_ulong()
    # It unpacks to say how large it is; what is too large is not copied as well.
    if not raw.FPDFAttachment_GetFile(attachment, None, 0, ctypes.byref(size)):
        raise PermanentError("corrupt", "embedded file")
    if size.value > most:
        raise PermanentError("archive_limit", "ratio")
    budget.spend(size.value)
    try:
        data = attachment.get_data()
    except pdfium.PdfiumError:
        raise PermanentError("corrupt", "embedded file") from None
    view = memoryview(data)
    for start in range(0, len(view), PIECE_BYTES):
        yield bytes(view[start : start + PIECE_BYTES])


def _clean(text: str) -> str:
    return "".join(c for c in text if c.isprintable())
