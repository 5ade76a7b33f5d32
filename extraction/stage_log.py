"""What was done for a document, job by job, as its page and the admin tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from documents.models import Document
from extraction.errors import ERRORS, ErrorKind
from extraction.models import ExtractionJob, JobStage, JobState

MAX_ENTRIES = 50


@dataclass(frozen=True)
class StageEntry:
    """One job. `seconds` from its last start to its end, `next_try` if it failed and will be tried again."""

    stage: str
    state: str
    attempt: int
    max_attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    error: ErrorKind | None
    next_try: datetime | None


def stage_log(document: Document) -> list[StageEntry]:
    """The latest jobs of a document (of its original, if it is a duplicate), newest first."""
    jobs = ExtractionJob.objects.filter(document_id=document.content_id).order_by("-created_at", "-id")
    return [_entry(job) for job in jobs[:MAX_ENTRIES]]


def _entry(job: ExtractionJob) -> StageEntry:
    started, finished = job.started_at, job.finished_at
    return StageEntry(
        stage=JobStage(job.stage).label,
        state=JobState(job.state).label,
        attempt=job.attempt,
        max_attempts=job.max_attempts,
        started_at=started,
        finished_at=finished,
        seconds=(finished - started).total_seconds() if started and finished else None,
        error=ERRORS.get(job.error_code) or ERRORS["internal_error"] if job.error_code else None,
        next_try=job.not_before if job.state == JobState.QUEUED and job.error_code else None,
    )
