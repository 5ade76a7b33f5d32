"""What doing documents again would come to: how many, of which cases and states, and about how long it would take."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet

from documents.models import Document
from extraction.models import JobStage
from extraction.pace import Estimate, Pace, estimate
from extraction.readers import supported
from extraction.readers.rendering import has_pages_to_show
from extraction.reprocess import Again
from lexintel import sql

# Another day, another load: a range is never told narrower than this, however much was measured.
_SPREAD = 0.25
# What OCR of one page takes, beside the kinds of files.
_OCR = "page by OCR"


@dataclass(frozen=True)
class Load:
    """`pages` that would be read, as far as is known how many a document has."""

    documents: int = 0
    pages: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(self.documents + other.documents, self.pages + other.pages)


@dataclass
class Forecast:
    """`left_alone`: of `total`, those that nothing can be read of. `processes`: that read at a time, for `eta`.

    `pages_per_s`: what one process has read, and of how many documents that is known; None and 0 if of none.
    `eta`: from the moment it is their turn; None if too little like it was ever done in these cases.
    """

    total: Load = field(default_factory=Load)
    by_case: dict[str, Load] = field(default_factory=dict)
    by_status: dict[str, Load] = field(default_factory=dict)
    left_alone: int = 0
    pages_per_s: float | None = None
    measured: int = 0
    processes: int = 1
    eta: Estimate | None = None


def forecast(documents: QuerySet[Document], again: Again) -> Forecast:
    """Nothing is changed. Memory grows with the cases and kinds of files, not with the documents."""
    found = Forecast(processes=settings.LEXINTEL_WORKER_PROCESSES)
    work: Counter[str] = Counter()
    read: Counter[str] = Counter()
    cases: set[UUID] = set()
    for group in _groups(documents, again):
        found.total += group.load
        found.by_case[group.reference] = found.by_case.get(group.reference, Load()) + group.load
        found.by_status[group.status] = found.by_status.get(group.status, Load()) + group.load
        cases.add(group.case_id)
        if group.readable:
            work[group.kind] += group.load.documents
            read[group.kind] += group.load.pages
        else:
            found.left_alone += group.load.documents
    samples = _samples(cases)
    reads = samples.get(JobStage.READ, {})
    if seconds := sum(sample.pace.mean * sample.pace.known for sample in reads.values()):
        found.measured = sum(sample.pace.known for sample in reads.values())
        found.pages_per_s = sum(sample.pages * sample.pace.known for sample in reads.values()) / seconds
    found.eta = _time(work, read, samples, again, found.processes)
    return found


@dataclass(frozen=True)
class _Group:
    """Documents that are alike; `readable`: there is content, and a reader for it."""

    case_id: UUID
    reference: str
    status: str
    kind: str
    readable: bool
    load: Load


def _groups(documents: QuerySet[Document], again: Again) -> Iterator[_Group]:
    alike = ("case_id", "case__reference", "status", "media_type", "page_count", "version")
    named = sorted(again.pages)
    for empty in (False, True):
        some = documents.filter(size=0) if empty else documents.exclude(size=0)
        rows = some.order_by().values_list(*alike).annotate(n=Count("pk")).iterator()
        for case_id, reference, status, kind, page_count, version, n in rows:
            only = named and version and again.from_stage == JobStage.READ
            pages = bisect_right(named, page_count or 0) if only else page_count or 0
            yield _Group(case_id, reference, status, kind, supported(kind) and not empty, Load(n, n * pages))


@dataclass(frozen=True)
class _Sample:
    """Jobs of a stage over files of one kind: seconds each, `ocr_s` of them for OCR, and `pages` of a document, on
    average. `ocr`: seconds of a page."""

    pace: Pace
    pages: float
    ocr_s: float
    ocr: Pace | None


# Of a document that only some pages of were read again nobody knows how long it takes as a whole.
_SAMPLES = """
SELECT stage, media_type, count(*), avg(page_count)::float, avg(seconds)::float,
  coalesce(stddev_pop(seconds), 0)::float, sum(ocr_s)::float, sum(ocr_pages)::float, count(ocr_pages),
  coalesce(stddev_pop(ocr_s / nullif(ocr_pages, 0)), 0)::float
FROM (
  SELECT j.stage, d.media_type, d.page_count, extract(epoch FROM j.finished_at - j.started_at) AS seconds,
    (j.timings->>'ocr_s')::float AS ocr_s, (j.timings->>'ocr_pages')::float AS ocr_pages
  FROM extraction_extractionjob j JOIN documents_document d ON d.id = j.document_id
  WHERE d.case_id = ANY(%(cases)s) AND j.state = 'done' AND d.page_count > 0
    AND j.started_at IS NOT NULL AND j.finished_at > j.started_at AND NOT j.options ? 'pages'
) done
GROUP BY 1, 2
"""


def _samples(cases: set[UUID]) -> dict[str, dict[str, _Sample]]:
    found: dict[str, dict[str, _Sample]] = {}
    for stage, kind, n, pages, mean, spread, ocr_s, ocr_pages, with_ocr, ocr_spread in sql.rows(
        _SAMPLES, {"cases": list(cases)}
    ):
        ocr = Pace(ocr_s / ocr_pages, ocr_spread, with_ocr) if ocr_pages else None
        found.setdefault(stage, {})[kind] = _Sample(Pace(mean, spread, n), pages, (ocr_s or 0.0) / n, ocr)
    return found


def _time(
    work: Counter[str], read: Counter[str], samples: dict[str, dict[str, _Sample]], again: Again, processes: int
) -> Estimate | None:
    stages = JobStage.values[JobStage.values.index(again.from_stage) :]
    reading: Estimate | None = None
    for stage in (stage for stage in stages if stage != JobStage.EMBED):
        known = samples.get(stage, {})
        forced = again.force_ocr and stage == JobStage.READ
        took = estimate(_equal(work, read, known), _paces(known, without_ocr=forced), processes)
        if took and forced:
            shown = sum(pages for kind, pages in read.items() if has_pages_to_show(kind))
            took = _after(took, _by_ocr(shown, known, processes))
        if took is None:
            return None
        reading = _after(reading, took) if reading else took
    embedded = samples.get(JobStage.EMBED, {})
    # One process makes vectors, beside the reading.
    vectors = estimate(_equal(work, read, embedded), _paces(embedded), 1)
    if reading is None:
        return _widened(vectors)
    return _widened(reading.later(vectors) if vectors else reading)


def _equal(work: Counter[str], read: Counter[str], known: dict[str, _Sample]) -> dict[str, float]:
    """To how many of the documents that were measured these come, by their pages; one each where none are known."""
    n = sum(sample.pace.known for sample in known.values())
    usual = sum(sample.pages * sample.pace.known for sample in known.values()) / n if n else 0
    return {
        kind: read[kind] / (known[kind].pages if kind in known else usual) if read[kind] and usual else float(documents)
        for kind, documents in work.items()
    }


def _paces(known: dict[str, _Sample], *, without_ocr: bool = False) -> dict[str, Pace]:
    def pace(sample: _Sample) -> Pace:
        mean = sample.pace.mean - (sample.ocr_s if without_ocr else 0.0)
        return Pace(max(0.0, mean), sample.pace.deviation, sample.pace.known)

    return {kind: pace(sample) for kind, sample in known.items()}


def _by_ocr(pages: int, known: dict[str, _Sample], processes: int) -> Estimate | None:
    paces = {kind: sample.ocr for kind, sample in known.items() if sample.ocr}
    return estimate({_OCR: pages}, paces, processes) if pages else Estimate(0, 0, 0)


def _after(first: Estimate, second: Estimate | None) -> Estimate | None:
    if second is None:
        return None
    return Estimate(first.low + second.low, first.likely + second.likely, first.high + second.high)


def _widened(found: Estimate | None) -> Estimate | None:
    if found is None:
        return None
    low, high = round(found.likely * (1 - _SPREAD)), round(found.likely * (1 + _SPREAD))
    return Estimate(min(found.low, low), found.likely, max(found.high, high))
