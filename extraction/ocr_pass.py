"""The second pass over a document: its pages without good text through OCR, and of each page the better text.

pages ─▶ those that need it ─▶ OCR child ─▶ better_of(text layer, OCR) ─▶ pages, with state and reason
"""

import atexit
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog
from django.conf import settings

from extraction.confinement.limits import Limits
from extraction.confinement.runner import Outcome, Reader
from extraction.errors import PermanentError
from extraction.ocr import decision
from extraction.ocr.page import OcrPage
from extraction.readers.base import PageRead, ReadOptions
from extraction.readers.rendering import has_pages_to_show

log = structlog.get_logger()

# The models and a page's picture; a reader needs a fraction of it.
MEMORY_MB = 4096
NONE = "none"

_local = threading.local()


def ocr_reader() -> Reader:
    """This thread's reader with an OCR engine; its zygote starts with the first page that needs it."""
    if not hasattr(_local, "reader"):
        _local.reader = Reader()
        atexit.register(_local.reader.close)
    found: Reader = _local.reader
    return found


@dataclass(frozen=True)
class OcrResult:
    """The document's pages after OCR, how many went through it, and what it cost. `partial`: it did not get to all."""

    pages: list[PageRead]
    tried: int = 0
    seconds: float = 0.0
    partial: bool = False


def needing(pages: Sequence[PageRead], media_type: str, *, forced: bool) -> list[PageRead]:
    """The pages that go through OCR: those whose reader found that they need it, or all that can."""
    if settings.LEXINTEL_OCR_ENGINE == NONE or not has_pages_to_show(media_type):
        return []
    return [p for p in pages if p.width > 0 and (forced or p.reason in decision.NEEDING)]


def run(
    fd: int,
    media_type: str,
    pages: list[PageRead],
    limits: Limits,
    *,
    password: str | None,
    forced: bool,
    tick: Callable[[int], None],
) -> OcrResult:
    """Read what needs it. `tick(pages read)` is called often and may raise to stop.

    Raises RetryableError(interrupted).
    """
    wanted = needing(pages, media_type, forced=forced)
    if not wanted:
        return OcrResult(pages)
    options = ReadOptions(
        pages=tuple(p.number for p in wanted),
        password=password,
        ocr_engine=settings.LEXINTEL_OCR_ENGINE,
        ocr_languages=settings.LEXINTEL_OCR_LANGUAGES,
        page_sizes=tuple((p.number, p.width, p.height) for p in wanted),
    )
    started, found, partial = time.monotonic(), dict[int, PageRead](), True
    try:
        limits = replace(limits, memory_mb=MEMORY_MB)
        for item in ocr_reader().read(fd, media_type, options, limits, tick=lambda: tick(len(found))):
            if isinstance(item, PageRead):
                found[item.number] = item
                tick(len(found))
            elif isinstance(item, Outcome):
                partial = item.partial
    except PermanentError as error:
        # What the first pass found is kept, whatever OCR makes of the file.
        log.warning("ocr_gave_up", code=error.code)
    better = [_better(p, found[p.number], forced=forced) if p.number in found else p for p in pages]
    return OcrResult(better, len(wanted), round(time.monotonic() - started, 3), partial)


def _better(page: PageRead, ocr: PageRead, *, forced: bool) -> PageRead:
    """The page with the better text; its reason says why it went through OCR, or why it is unreadable."""
    found = OcrPage(ocr.state, ocr.text, ocr.words, ocr.confidence, ocr.reason)
    choice = decision.better_of(page.text, found, forced=forced)
    if choice.kept == "ocr":
        reason = "forced" if forced else page.reason
        return replace(ocr, rotation=page.rotation, label=page.label, reason=reason)
    if page.text.strip():
        return replace(page, reason="")
    if ocr.state == "blank":
        return replace(page, state="blank", reason="")
    return replace(page, state="unreadable", reason=ocr.reason or "ocr_found_nothing")
