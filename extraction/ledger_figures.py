"""What waits, runs and hangs, in numbers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from extraction.models import JobStage
from lexintel import sql


@dataclass(frozen=True)
class Figures:
    """Counts of jobs; ages in seconds, 0 where there is none.

    `oldest_queued_s`: since the job that waits longest has been due. `oldest_lease_s`: since the lease that was
    renewed longest ago. `retrying`: of the queued, those that wait for their next try. `expired`: without a living
    worker.
    """

    queued: int
    oldest_queued_s: float
    running: int
    oldest_running_s: float
    oldest_lease_s: float
    retrying: int
    quarantined: int
    expired: int


_COLUMNS = """
  count(*) FILTER (WHERE j.state = 'queued'),
  coalesce(extract(epoch FROM statement_timestamp()
    - min(j.not_before) FILTER (WHERE j.state = 'queued' AND j.not_before <= statement_timestamp())), 0)::float,
  count(*) FILTER (WHERE j.state = 'running'),
  coalesce(extract(epoch FROM statement_timestamp() - min(j.started_at) FILTER (WHERE j.state = 'running')), 0)::float,
  coalesce(%(lease)s
    + extract(epoch FROM statement_timestamp() - min(j.lease_until) FILTER (WHERE j.state = 'running')), 0)::float,
  count(*) FILTER (WHERE j.state = 'queued' AND j.not_before > statement_timestamp()),
  count(*) FILTER (WHERE j.state = 'quarantined'),
  count(*) FILTER (WHERE j.state = 'running' AND j.lease_until < statement_timestamp())
FROM extraction_extractionjob j
"""
_WHERE = "WHERE j.state IN ('queued', 'running', 'quarantined')"
_ALL = f"SELECT {_COLUMNS} {_WHERE}"
_BY_CASE = f"""
SELECT d.case_id, {_COLUMNS} JOIN documents_document d ON d.id = j.document_id
{_WHERE} AND d.case_id = ANY(%(cases)s) GROUP BY d.case_id
"""

_BY_STAGE = f"SELECT j.stage, {_COLUMNS} {_WHERE} GROUP BY 1"


def figures() -> Figures:
    """Those of the whole ledger."""
    ((*row,),) = _rows(_ALL)
    return Figures(*row)


def figures_by_stage() -> dict[str, Figures]:
    """Those of every stage, of which there may be nothing."""
    nothing = Figures(0, 0.0, 0, 0.0, 0.0, 0, 0, 0)
    return dict.fromkeys(map(str, JobStage.values), nothing) | {
        stage: Figures(*row) for stage, *row in _rows(_BY_STAGE)
    }


def figures_by_case(cases: Collection[UUID]) -> dict[UUID, Figures]:
    """Those of each of these cases that has anything waiting, running or set aside."""
    return {case: Figures(*row) for case, *row in _rows(_BY_CASE, cases=list(cases))}


def _rows(query: str, **values: Any) -> list[tuple[Any, ...]]:
    return sql.rows(query, {"lease": settings.LEXINTEL_LEASE_S, **values})
