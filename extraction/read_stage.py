"""The read stage: a verified original through a confined child, its pages written beside the shown version."""

import time
from collections.abc import Callable, Iterator

from documents.models import Document, Page, Stage
from extraction import counters, families, ledger, memory, readers, running_heads
from extraction.heartbeat import Heartbeat
from extraction.ledger import Claim
from extraction.patience import while_database_is_away
from extraction.readers.base import MAX_PAGES, Mark, PageRead
from extraction.reading import Reading, read
from extraction.versions import EXTRACTOR_VERSION


def run(held: Claim, tick: Callable[[], None]) -> None:
    """Read and write. Raises ExtractionError, LostLease, or what `tick` raises."""
    document = while_database_is_away(lambda: Document.objects.filter(pk=held.document_id).first())
    if document is None:
        raise ledger.LostLease
    started, reading = time.monotonic(), Reading()
    try:
        read(held, document, reading, Heartbeat(held, tick))
        read_s = time.monotonic() - started
        while_database_is_away(lambda: _write(held, reading, {"read_s": round(read_s, 4)}))
        reader = readers.name_of(document.media_type)
        counters.count(counters.PAGES, reader, len(reading.pages))
        counters.count(counters.PAGE_SECONDS, reader, round(read_s, 4))
    finally:
        reading.members.discard()
        reading.pages.clear()
        memory.give_back()


def _write(held: Claim, reading: Reading, timings: dict[str, float]) -> None:
    assert reading.info is not None and reading.outcome is not None
    outcome = reading.outcome
    if reading.ocr and reading.ocr.tried:
        timings |= {"ocr_s": reading.ocr.seconds, "ocr_pages": reading.ocr.tried}
    timings |= {"cpu_s": outcome.cpu_s, "child_s": outcome.wall_s, "max_rss_mb": outcome.max_rss_mb}
    # Contents before rows, as deleting does, or both would wait for ever.
    with ledger.writing(held, first=lambda: families.lock(reading.members)) as document:
        # What an attempt that died half-way left behind, and nothing of the shown version.
        document.pages.filter(version=held.version).delete()
        Page.objects.bulk_create(_rows(held, document, reading), batch_size=500)
        document.meta = reading.info.meta | {"incomplete": incomplete(reading)}
        document.warnings = _warnings(document, reading)
        document.page_count = reading.info.page_count
        document.pages_done = reading.info.page_count
        document.extractor_version = EXTRACTOR_VERSION
        document.timings = document.timings | {"read": timings}
        document.error_code = ""
        ledger.done(held, timings=timings, extractor_version=EXTRACTOR_VERSION)
        changed = ["meta", "warnings", "extractor_version", "timings", "error_code"]
        ledger.next_stage(document, Stage.INDEX, held.version, changed=changed)


def _rows(held: Claim, document: Document, reading: Reading) -> Iterator[Page]:
    pages = [*reading.pages, *not_reached(reading, held.options.get("pages"))]
    if held.options.get("pages"):
        # Only some pages were read again: the others stay as they are in the shown version.
        read = [page.number for page in reading.pages]
        pages += [_kept(page) for page in document.pages.filter(version=document.version).exclude(number__in=read)]
    for page in running_heads.mark(sorted(pages, key=lambda page: page.number)):
        yield Page(
            document=document,
            version=held.version,
            number=page.number,
            state=page.state,
            text=page.text,
            chars=len(page.text),
            width=page.width,
            height=page.height,
            rotation=page.rotation,
            confidence=page.confidence,
            reason=page.reason,
            words=page.words,
            tables=page.tables,
            label=page.label[:100],
            marks=[[m.kind, m.start, m.end, m.value] for m in page.marks],
        )


def _kept(page: Page) -> PageRead:
    return PageRead(
        page.number,
        page.state,
        page.text,
        page.width,
        page.height,
        page.rotation,
        bytes(page.words),
        page.tables,
        page.reason,
        page.confidence,
        page.label,
        tuple(Mark(*mark) for mark in page.marks),
    )


def not_reached(reading: Reading, wanted: list[int] | None) -> list[PageRead]:
    """The pages that reading did not get to, as unreadable ones: what is missing is counted and shown."""
    assert reading.info is not None and reading.outcome is not None
    if not reading.outcome.partial or wanted:
        return []
    last, read = min(reading.info.truncated_at or reading.info.page_count, MAX_PAGES), {p.number for p in reading.pages}
    reason = reading.outcome.error_code or "resource_time"
    return [PageRead(n, "unreadable", reason=reason) for n in range(1, last + 1) if n not in read]


def incomplete(reading: Reading) -> bool:
    """Whether pages, or the end of one, are missing that the file has or had."""
    assert reading.info is not None and reading.outcome is not None
    broken_off = "damaged_end" in reading.info.warnings
    return reading.outcome.partial or reading.info.truncated_at is not None or broken_off


# What intake found out about the file, which reading it again does not change.
_LASTING = {"name_disagrees_with_content"}


def _warnings(document: Document, reading: Reading) -> list[str]:
    assert reading.info is not None and reading.outcome is not None
    warnings = [w for w in document.warnings if w in _LASTING] + list(reading.info.warnings)
    if reading.outcome.partial:
        warnings.append(reading.outcome.error_code or "resource_time")
    if any(mark.value == "covered" for page in reading.pages for mark in page.marks):
        warnings.append("bad_redaction")
    if any(mark.kind == "launch" for page in reading.pages for mark in page.marks):
        warnings.append("has_launch_action")
    if reading.ocr and reading.ocr.tried and reading.ocr.partial:
        warnings.append("ocr_incomplete")
    warnings += families.add(document, reading.members.taken)
    return list(dict.fromkeys(warnings))
