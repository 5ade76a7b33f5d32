"""How long documents still have to wait: their place in their case's queue, and an estimate from what was done."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import Now

from extraction.models import ExtractionJob, JobStage, JobState
from extraction.pace import Estimate, Pace, estimate
from lexintel import sql

LATELY = timedelta(minutes=10)
# A pause of so long between two jobs of a case is other cases' turn; a longer one, that there was nothing to do.
ITS_TURN = timedelta(seconds=30)
# How far a document's own pages are typical of the rest of them.
_OWN_PAGES_SPREAD = 0.25


@dataclass(frozen=True)
class Wait:
    """`position`: queued jobs before it, None once it is being worked on; `eta`: until it is searchable, if known."""

    position: int | None
    eta: Estimate | None

    @property
    def eta_s(self) -> int | None:
        return self.eta.likely if self.eta else None


def waits(documents: Collection[uuid.UUID]) -> dict[uuid.UUID, Wait]:
    """The wait of each of these documents that has a live job to be read or indexed; at most four queries.

    Embedding has a queue of its own, and a document that waits for it is found by word already.
    """
    found: dict[uuid.UUID, Wait] = {}
    if not documents:
        return found
    positions = _positions(documents)
    cases = {case for case, _ in positions.values()}
    lanes = reading_lanes(cases) if cases else {}
    for document, (case, position) in positions.items():
        lane = lanes.get(case)
        found[document] = Wait(position, lane.until(position + 1) if lane else None)
    for document, eta in _running(documents).items():
        found[document] = Wait(None, eta)
    return found


@dataclass(frozen=True)
class Lane:
    """What waits in a case, by kind, and how fast its like was done lately by however many workers it had."""

    work: Mapping[str, float]
    paces: Mapping[str, Pace]
    at_once: float

    def until(self, jobs: float) -> Estimate | None:
        """Until so many of what waits are done, if they are of the kinds that all are of."""
        waiting = sum(self.work.values())
        if not waiting:
            return None
        return estimate({kind: jobs * n / waiting for kind, n in self.work.items()}, self.paces, self.at_once)

    def through(self) -> Estimate | None:
        """Until all that waits is done; None if nothing waits."""
        return estimate(self.work, self.paces, self.at_once) if self.work else None


def reading_lanes(cases: Collection[uuid.UUID]) -> dict[uuid.UUID, Lane]:
    """By case: reading and indexing; two queries."""
    return _lanes(cases, [JobStage.READ, JobStage.INDEX])


def embedding_lanes(cases: Collection[uuid.UUID]) -> dict[uuid.UUID, Lane]:
    """By case: what is left to embed, that which is still to be read counted in; two queries."""
    return _lanes(cases, [JobStage.EMBED])


def until_done(cases: Collection[uuid.UUID]) -> dict[uuid.UUID, Estimate | None]:
    """By case: until nothing of it is left to read, index or embed; None if unknown or nothing is. Four queries."""
    reading, embedding = reading_lanes(cases), embedding_lanes(cases)
    found: dict[uuid.UUID, Estimate | None] = {}
    for case in cases:
        read, embedded = reading[case].through(), embedding[case].through()
        if reading[case].work and read is None:
            found[case] = None
        else:
            found[case] = read.later(embedded) if read and embedded else read or embedded
    return found


# Everything that is queued in these cases, numbered before any of it is picked, so that the rest counts too.
_QUEUE = """
  SELECT j.document_id, d.case_id, d.batch_id,
    row_number() OVER (PARTITION BY d.case_id ORDER BY j.not_before > statement_timestamp(), j.turn, j.not_before,
      j.created_at, j.id) AS place
  FROM (
    SELECT j.*, row_number() OVER (PARTITION BY d.case_id, d.uploaded_by_id, d.source, d.parent_id
      ORDER BY j.not_before, j.created_at, j.id) AS turn
    FROM extraction_extractionjob j JOIN documents_document d ON d.id = j.document_id
    WHERE j.state = 'queued' AND j.stage <> 'embed' AND d.case_id IN ({cases})
  ) j JOIN documents_document d ON d.id = j.document_id
"""
_POSITIONS = f"""
SELECT document_id, case_id, place - 1 FROM (
  {_QUEUE.format(cases="SELECT case_id FROM documents_document WHERE id = ANY(%(documents)s)")}
) queue WHERE document_id = ANY(%(documents)s)
"""  # noqa: S608 - put together from our own text alone
_LAST_OF_BATCH = f"""
SELECT batch_id, max(place) FROM ({_QUEUE.format(cases="%(case)s")}) queue WHERE batch_id IS NOT NULL GROUP BY 1
"""  # noqa: S608


def last_places(case: uuid.UUID) -> dict[uuid.UUID, int]:
    """How many of a case's queued jobs have been done when the last of each of its batches is; one query."""
    return dict(sql.rows(_LAST_OF_BATCH, {"case": case}))


def _positions(documents: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[uuid.UUID, int]]:
    rows = sql.rows(_POSITIONS, {"documents": list(documents)})
    return {document: (case, place) for document, case, place in rows}


# What a document still needs of these stages: its own stage and those after it.
_LEFT = """
SELECT d.case_id, d.media_type, count(*)
FROM documents_document d
WHERE d.case_id = ANY(%(cases)s) AND d.status IN ('queued', 'processing') AND d.duplicate_of_id IS NULL
  AND (d.stage = ANY(%(stages)s) OR 'embed' = ANY(%(stages)s))
GROUP BY 1, 2
"""
# Of a document its jobs of these stages together. What runs counts to how many are done at once, not to how long
# each takes: that is not known yet.
_DONE = """
WITH job AS (
  SELECT d.case_id, d.media_type, j.document_id, j.state,
    greatest(j.started_at, statement_timestamp() - %(lately)s::interval) AS began,
    coalesce(j.finished_at, statement_timestamp()) AS ended
  FROM extraction_extractionjob j JOIN documents_document d ON d.id = j.document_id
  WHERE d.case_id = ANY(%(cases)s) AND j.stage = ANY(%(stages)s) AND j.started_at IS NOT NULL
    AND ((j.state = 'done' AND j.finished_at > statement_timestamp() - %(lately)s::interval) OR j.state = 'running')
),
each AS (
  SELECT case_id, media_type, document_id, sum(extract(epoch FROM ended - began)) AS seconds
  FROM job WHERE state = 'done' GROUP BY 1, 2, 3
),
span AS (
  SELECT case_id, sum(extract(epoch FROM upper(s) - lower(s) - %(turn)s::interval)) AS seconds
  FROM (
    SELECT case_id, unnest(range_agg(tstzrange(began, ended + %(turn)s::interval))) AS s FROM job GROUP BY 1
  ) stretch
  GROUP BY 1
),
busy AS (
  SELECT job.case_id, sum(extract(epoch FROM ended - began)) / nullif(max(span.seconds), 0) AS at_once
  FROM job JOIN span USING (case_id) GROUP BY 1
)
SELECT e.case_id, e.media_type, avg(e.seconds)::float, coalesce(stddev_pop(e.seconds), 0)::float, count(*),
  coalesce(b.at_once, 0)::float
FROM each e JOIN busy b USING (case_id) GROUP BY 1, 2, 6
"""


def _lanes(cases: Collection[uuid.UUID], stages: list[JobStage]) -> dict[uuid.UUID, Lane]:
    asked = {"cases": list(cases), "stages": [str(stage) for stage in stages], "lately": LATELY, "turn": ITS_TURN}
    work: dict[uuid.UUID, dict[str, float]] = defaultdict(dict)
    for case, kind, jobs in sql.rows(_LEFT, asked):
        work[case][kind] = jobs
    paces: dict[uuid.UUID, dict[str, Pace]] = defaultdict(dict)
    at_once: dict[uuid.UUID, float] = {}
    for case, kind, mean, deviation, known, busy in sql.rows(_DONE, asked):
        paces[case][kind] = Pace(mean, deviation, known)
        at_once[case] = busy
    return {case: Lane(work[case], paces[case], at_once.get(case, 0.0)) for case in cases}


def _running(documents: Collection[uuid.UUID]) -> dict[uuid.UUID, Estimate | None]:
    """Time left for documents that are being read, from the pages that are done."""
    elapsed = ExpressionWrapper(Now() - F("started_at"), output_field=DurationField())
    jobs = ExtractionJob.objects.filter(~Q(stage=JobStage.EMBED), state=JobState.RUNNING, document__in=documents)
    rows = jobs.annotate(elapsed=elapsed).values_list(
        "document_id", "stage", "elapsed", "document__pages_done", "document__page_count"
    )
    left: dict[uuid.UUID, Estimate | None] = {}
    for document, stage, spent, done, pages in rows:
        left[document] = None
        if stage == JobStage.READ and done and pages and spent is not None:
            seconds = max(0.0, spent.total_seconds()) / done * max(0, pages - done)
            # The more of its pages have been seen, the better they tell of the others.
            spread = min(0.5, _OWN_PAGES_SPREAD + 1 / done)
            left[document] = Estimate(*(round(seconds * (1 + off)) for off in (-spread, 0.0, spread)))
    return left
