"""How long a document still has to wait: its place in its case's queue, and an estimate from what was done lately."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Min, Q
from django.db.models.functions import Now

from extraction.models import ExtractionJob, JobStage, JobState

# An estimate rests on at least so many jobs that ended in the last while.
MIN_JOBS = 3
LATELY = timedelta(minutes=10)


@dataclass(frozen=True)
class Wait:
    """`position`: queued jobs before it, None once it is being worked on; `eta_s`: seconds, None if unknown."""

    position: int | None
    eta_s: int | None


def waits(documents: Collection[uuid.UUID]) -> dict[uuid.UUID, Wait]:
    """The wait of each of these documents that has a live job to be read or indexed; at most three queries.

    Embedding has a queue of its own, and a document that waits for it is found by word already.
    """
    found: dict[uuid.UUID, Wait] = {}
    if not documents:
        return found
    positions = _positions(documents)
    pace = _seconds_per_job({case for case, _ in positions.values()}) if positions else {}
    for document, (case, position) in positions.items():
        each = pace.get(case)
        found[document] = Wait(position, None if each is None else round((position + 1) * each))
    for document, eta_s in _running(documents).items():
        found[document] = Wait(None, eta_s)
    return found


# Numbered before the documents are picked, so that those of other answers count too.
_POSITIONS = """
SELECT document_id, case_id, place - 1 FROM (
  SELECT j.document_id, d.case_id,
    row_number() OVER (PARTITION BY d.case_id ORDER BY j.not_before > statement_timestamp(), j.turn, j.not_before,
      j.created_at, j.id) AS place
  FROM (
    SELECT j.*, row_number() OVER (PARTITION BY d.case_id, d.uploaded_by_id, d.source, d.parent_id
      ORDER BY j.not_before, j.created_at, j.id) AS turn
    FROM extraction_extractionjob j JOIN documents_document d ON d.id = j.document_id
    WHERE j.state = 'queued' AND j.stage <> 'embed'
      AND d.case_id IN (SELECT case_id FROM documents_document WHERE id = ANY(%(documents)s))
  ) j JOIN documents_document d ON d.id = j.document_id
) queue WHERE document_id = ANY(%(documents)s)
"""


def _positions(documents: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[uuid.UUID, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_POSITIONS, {"documents": list(documents)})
        return {document: (case, place) for document, case, place in cursor.fetchall()}


def _seconds_per_job(cases: Collection[uuid.UUID]) -> dict[uuid.UUID, float]:
    """How many seconds each case took for one job lately, workers in parallel counted as they came."""
    done = ExtractionJob.objects.filter(
        stage=JobStage.READ, state=JobState.DONE, document__case_id__in=cases, finished_at__gt=Now() - LATELY
    )
    per_case = done.order_by().values_list("document__case_id")
    rows = per_case.annotate(jobs=Count("pk"), first=Min("started_at"), last=Max("finished_at"))
    return {
        case: (last - first).total_seconds() / jobs
        for case, jobs, first, last in rows
        if jobs >= MIN_JOBS and first is not None
    }


def _running(documents: Collection[uuid.UUID]) -> dict[uuid.UUID, int | None]:
    """Seconds left for documents that are being read, from the pages that are done."""
    elapsed = ExpressionWrapper(Now() - F("started_at"), output_field=DurationField())
    jobs = ExtractionJob.objects.filter(~Q(stage=JobStage.EMBED), state=JobState.RUNNING, document__in=documents)
    rows = jobs.annotate(elapsed=elapsed).values_list(
        "document_id", "stage", "elapsed", "document__pages_done", "document__page_count"
    )
    left: dict[uuid.UUID, int | None] = {}
    for document, stage, spent, done, pages in rows:
        left[document] = None
        if stage == JobStage.READ and done and pages and spent is not None:
            left[document] = round(max(0.0, spent.total_seconds()) / done * max(0, pages - done))
    return left
