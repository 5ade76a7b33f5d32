"""What a file says: read in a confined child, with passwords where it asks for one, and by OCR where it must be.

original ─▶ child ─▶ info, pages, members ─▶ pages without good text ─▶ OCR child ─▶ the better text of each ─▶ Reading
"""

import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.conf import settings

from documents import storage
from documents.models import Document
from extraction import families, ocr_pass, passwords
from extraction.confinement.frames import MemberBegins, MemberEnds, MemberPiece
from extraction.confinement.runner import Limits, Outcome, Reader
from extraction.errors import PermanentError, RetryableError
from extraction.heartbeat import Heartbeat
from extraction.ledger import Claim
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions

_local = threading.local()


def reader() -> Reader:
    """This thread's reader: its zygote stays warm from one document to the next."""
    if not hasattr(_local, "reader"):
        _local.reader = Reader()
        atexit.register(_local.reader.close)
    found: Reader = _local.reader
    return found


@dataclass
class Reading:
    """What came out of the child. `members` are on disk; discard those that are not added in the end."""

    info: DocumentInfo | None = None
    pages: list[PageRead] = field(default_factory=list)
    outcome: Outcome | None = None
    members: families.Members = field(default_factory=families.Members)
    ocr: ocr_pass.OcrResult | None = None


def read(held: Claim, document: Document, reading: Reading, heartbeat: Heartbeat) -> None:
    """Fill `reading`. Raises ExtractionError, LostLease, or what the heartbeat raises."""
    try:
        with _open(document.sha256) as file:
            _with_passwords(held, lambda password: _once(held, document, file.fileno(), password, reading, heartbeat))
    finally:
        # Whatever came of it: a password is tried once.
        if held.options.get("has_passwords"):
            passwords.forget(held.job_id)
    if reading.info is None or reading.outcome is None:
        raise PermanentError("parser_crash")


def _with_passwords(held: Claim, attempt: Callable[[str | None], None]) -> None:
    """Without one first, then with each that was left for this job. Raises PermanentError(encrypted) if none fits."""
    to_try = passwords.left_for(held.job_id) if held.options.get("has_passwords") else []
    for password in [None, *to_try]:
        try:
            return attempt(password)
        except PermanentError as error:
            if error.code != "encrypted":
                raise
    raise PermanentError("encrypted")


def _once(
    held: Claim, document: Document, fd: int, password: str | None, reading: Reading, heartbeat: Heartbeat
) -> None:
    started = time.monotonic()
    options = ReadOptions(pages=tuple(held.options.get("pages", ())) or None, password=password)
    forced = bool(held.options.get("force_ocr"))
    bounds = limits()

    def beat(by_ocr: int = 0) -> None:
        waiting = len(ocr_pass.needing(reading.pages, document.media_type, forced=forced)) if reading.pages else 0
        heartbeat.beat(len(reading.pages) - waiting + by_ocr, reading.info.page_count if reading.info else None)

    for item in reader().read(fd, document.media_type, options, bounds, tick=beat):
        if isinstance(item, DocumentInfo):
            reading.info = item
        elif isinstance(item, Outcome):
            reading.outcome = item
        elif isinstance(item, MemberBegins | MemberPiece | MemberEnds):
            reading.members.take(item)
        else:
            reading.pages.append(item)
            beat()
    spent = time.monotonic() - started
    left = replace(bounds, soft_s=max(1.0, bounds.soft_s - spent), hard_s=max(1.0, bounds.hard_s - spent))
    reading.ocr = ocr_pass.run(
        fd, document.media_type, reading.pages, left, password=password, forced=forced, tick=beat
    )
    reading.pages = reading.ocr.pages


def limits() -> Limits:
    """What the settings allow a document."""
    return Limits(
        soft_s=settings.LEXINTEL_SOFT_LIMIT_S,
        hard_s=settings.LEXINTEL_HARD_LIMIT_S,
        page_s=settings.LEXINTEL_PAGE_LIMIT_S,
        required=settings.LEXINTEL_SANDBOX == "required",
    )


def _open(sha256: str):  # type: ignore[no-untyped-def]
    try:
        return storage.open_verified(sha256)
    except storage.BlobMissing:
        raise PermanentError("storage_corrupt") from None
    except storage.StorageError as error:
        raise RetryableError(error.code) from error
