"""How far each batch of a case is: what somebody added at one go, with all that came out of its archives and mails."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cases.models import Case
from documents.models import Batch
from extraction import waiting
from extraction.pace import Estimate, in_words
from lexintel import sql

# What is done is shown this much longer, so that whoever added it sees how it ended.
SHOWN_FOR = timedelta(minutes=15)
MOST_SHOWN = 10


@dataclass(frozen=True)
class BatchProgress:
    """Numbers of documents, duplicates among them. `eta`: until nothing of it is left; None if unknown, or if so."""

    id: uuid.UUID
    case_id: uuid.UUID
    name: str
    created_at: datetime
    documents: int
    ready: int
    partial: int
    failed: int
    left_to_read: int
    left_to_embed: int
    finished_at: datetime | None
    eta: Estimate | None = None

    @property
    def left(self) -> int:
        return self.left_to_read + self.left_to_embed

    @property
    def done(self) -> int:
        return self.documents - self.left

    @property
    def attention(self) -> int:
        """Those that could not be read, or not all of them."""
        return self.partial + self.failed

    @property
    def left_words(self) -> str:
        """How long it takes yet, empty if unknown."""
        return in_words(self.eta.low, self.eta.high) if self.eta else ""

    @property
    def percent(self) -> int:
        """Rounded down: 100 only if nothing is left."""
        return 100 * self.done // self.documents


def open_batch(case: Case, user: Any, name: str = "", asked: uuid.UUID | None = None) -> Batch:
    """A batch of the case to add to: a new one, or the one that was opened in this case under the id `asked` before.

    Its own id is derived from both, so that nobody can reach, or learn of, another case's.
    """
    id = uuid.uuid4() if asked is None else uuid.uuid5(case.pk, str(asked))
    return Batch.objects.get_or_create(pk=id, defaults={"case": case, "added_by": user, "name": name.strip()[:255]})[0]


_FIGURES = """
SELECT b.id, b.case_id, b.name, b.created_at, count(*),
  count(*) FILTER (WHERE d.status = 'ready'),
  count(*) FILTER (WHERE d.status = 'partial'),
  count(*) FILTER (WHERE d.status = 'failed'),
  count(*) FILTER (WHERE d.status IN ('queued', 'processing') AND d.stage <> 'embed'),
  count(*) FILTER (WHERE d.status IN ('queued', 'processing') AND d.stage = 'embed'),
  max(d.finished_at)
FROM documents_batch b JOIN documents_document d ON d.batch_id = b.id
"""
_OF_THESE = f"{_FIGURES} WHERE b.id = ANY(%(batches)s) GROUP BY b.id"
# Those that are done are looked for among the recent ones only.
_CURRENT = f"""
{_FIGURES}
WHERE b.case_id = %(case)s AND (b.created_at > statement_timestamp() - interval '1 day' OR b.id IN (
  SELECT batch_id FROM documents_document WHERE case_id = %(case)s AND status IN ('queued', 'processing')))
GROUP BY b.id
HAVING count(*) FILTER (WHERE d.status IN ('queued', 'processing')) > 0
  OR max(d.finished_at) > statement_timestamp() - %(shown_for)s::interval
ORDER BY b.created_at DESC, b.id LIMIT %(most)s
"""  # noqa: S608 - put together from our own text alone


def current_batches(case: uuid.UUID) -> list[BatchProgress]:
    """The batches of a case that are being worked on or have just been finished, newest first; at most six queries."""
    rows = sql.rows(_CURRENT, {"case": case, "shown_for": SHOWN_FOR, "most": MOST_SHOWN})
    return _with_estimates([BatchProgress(*row) for row in rows])


def progress_of(batches: Collection[Batch]) -> dict[uuid.UUID, BatchProgress]:
    """Of these; one whose documents have all been deleted is missing. At most six queries."""
    rows = sql.rows(_OF_THESE, {"batches": [batch.pk for batch in batches]})
    return {batch.id: batch for batch in _with_estimates([BatchProgress(*row) for row in rows])}


def _with_estimates(batches: list[BatchProgress]) -> list[BatchProgress]:
    cases = {batch.case_id for batch in batches if batch.left}
    if not cases:
        return batches
    reading, embedding = waiting.reading_lanes(cases), waiting.embedding_lanes(cases)
    places = {batch: place for case in cases for batch, place in waiting.last_places(case).items()}

    def estimated(batch: BatchProgress) -> BatchProgress:
        if not batch.left:
            return batch
        lanes = reading[batch.case_id], embedding[batch.case_id]
        return replace(batch, eta=_estimate(batch, *lanes, places.get(batch.id, 0)))

    return [estimated(batch) for batch in batches]


def _estimate(batch: BatchProgress, reading: waiting.Lane, embedding: waiting.Lane, place: int) -> Estimate | None:
    # What is being read has no place any more, and still takes some of its time.
    jobs = max(place, batch.left_to_read)
    until_read = reading.until(jobs)
    if batch.left_to_read and until_read is None:
        return None
    # Vectors are made beside the reading, in the order in which texts come out of it.
    until_embedded = embedding.until(jobs + batch.left_to_embed)
    if not batch.left_to_read or until_read is None:
        return until_embedded
    return until_read.later(until_embedded) if until_embedded else until_read
