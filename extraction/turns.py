"""Whose turn it is: the due jobs without a message on its way, in the order in which they should be woken.

What a dead worker left first, then words before pages (a document that has been read is soon found), and among cases
the first of every case before the second of any: a bulk import keeps nobody else waiting. Inside a case it is the same
among those who add to it (a person, a folder's import, an archive with its members): who adds one file is served next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from extraction.ledger import MAX_INTERRUPTIONS

# A message sent so long ago and still not claimed was lost: soon if the queue is empty, later if it only moves slowly.
LOST_AFTER, LOST_IN_A_CROWD_AFTER = timedelta(seconds=5), timedelta(seconds=60)


@dataclass(frozen=True)
class Turn:
    """A job to wake; `expired`: its worker has gone."""

    job_id: UUID
    stage: str
    expired: bool


_DUE = """
  j.stage = ANY(%(stages)s)
  AND ((j.state = 'queued' AND j.not_before <= statement_timestamp()
      AND (j.enqueued_at IS NULL OR j.enqueued_at < j.not_before OR j.enqueued_at < statement_timestamp() - %(lost)s))
    OR (j.state = 'running' AND j.lease_until < statement_timestamp() AND j.interruptions + 1 < %(deaths)s
      AND (j.enqueued_at IS NULL OR j.enqueued_at < j.lease_until
        OR j.enqueued_at < statement_timestamp() - %(lost)s)))
"""
_NEXT = f"""
SELECT id, stage, state = 'running' FROM (
  SELECT *, row_number() OVER (PARTITION BY case_id, stage, state ORDER BY place, not_before, created_at) AS turn FROM (
    SELECT j.id, j.stage, j.state, j.not_before, j.created_at, d.case_id,
      row_number() OVER (PARTITION BY d.case_id, j.stage, j.state, d.uploaded_by_id, d.source, d.parent_id
        ORDER BY j.not_before, j.created_at) AS place
    FROM extraction_extractionjob j JOIN documents_document d ON d.id = j.document_id
    WHERE {_DUE}
  ) of_sender
) due
ORDER BY state = 'queued', stage = 'read', turn, not_before LIMIT %(most)s
"""  # noqa: S608 - put together from our own text alone
_ANY = f"SELECT EXISTS (SELECT FROM extraction_extractionjob j WHERE {_DUE})"  # noqa: S608


def next_turns(stages: Sequence[str], waiting: int, most: int) -> list[Turn]:
    """At most `most` jobs of these stages, while `waiting` messages are in their queue."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, _values(stages, waiting) | {"most": most})
        return [Turn(*row) for row in cursor.fetchall()]


def anybody_waits(stages: Sequence[str], waiting: int) -> bool:
    """Whether `next_turns` would find any; cheap."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY, _values(stages, waiting))
        return bool(cursor.fetchone()[0])


def _values(stages: Sequence[str], waiting: int) -> dict[str, Any]:
    lost = LOST_IN_A_CROWD_AFTER if waiting else LOST_AFTER
    return {"stages": list(stages), "lost": lost, "deaths": MAX_INTERRUPTIONS}
