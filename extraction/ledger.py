"""The ledger of work. State moves only by conditional updates; the database's clock is the only clock.

    queue ─▶ claim (attempt + 1, fence + 1, lease) ─▶ renew … renew ─▶ settle: done │ retry later │ failed
                 ▲                                        │ worker dies: the lease runs out
                 └────────────────────────────────────────┘ third death: quarantined (extraction/reconcile.py)

Whoever comes back with an old fence changes nothing. Rows are locked in one order: jobs, then their document.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from documents.models import Document, Stage, Status
from extraction import progress, wake
from extraction.code_age import SERVED
from extraction.errors import ERRORS
from extraction.models import LIVE, ExtractionJob, JobStage, JobState
from extraction.queues import ENOUGH_MESSAGES
from extraction.versions import CODE

# Three deaths of a worker on the same file are no accident.
MAX_INTERRUPTIONS = 3


class LostLease(Exception):
    """Somebody else has the job now; nothing more may be written."""


@dataclass(frozen=True)
class Claim:
    """The right to work on a job until its lease runs out."""

    job_id: uuid.UUID
    document_id: uuid.UUID
    stage: str
    version: int
    attempt: int
    max_attempts: int
    fence: int
    owner: str
    options: dict[str, Any]
    case_id: uuid.UUID | None = None


def queue(
    document: Document, stage: str, *, version: int | None = None, options: dict[str, Any] | None = None
) -> ExtractionJob:
    """Write a job for a document's stage, in the caller's transaction, and send its message on commit.

    A live job of the same stage is replaced: its worker, if any, loses its lease.
    """
    _cancel(ExtractionJob.objects.filter(document=document, stage=stage))
    job = ExtractionJob.objects.create(
        document=document,
        stage=stage,
        version=document.version + 1 if version is None else version,
        options=(options or {}) | _asked_by(),
        max_attempts=1 + len(settings.LEXINTEL_RETRY_DELAYS_S),
    )
    wake.on_commit(job)
    return job


def queue_all(documents: Sequence[Document], stage: str, *, ahead: int, options: dict[str, Any]) -> list[ExtractionJob]:
    """The same for many that have no live job any more: jobs of the version that is `ahead` of the shown one."""
    given = options | _asked_by()
    tries = 1 + len(settings.LEXINTEL_RETRY_DELAYS_S)
    jobs = [
        ExtractionJob(
            document=document, stage=stage, version=document.version + ahead, options=given, max_attempts=tries
        )
        for document in documents
    ]
    # Whoever there is no room for now is woken in its turn.
    for job in ExtractionJob.objects.bulk_create(jobs)[:ENOUGH_MESSAGES]:
        wake.on_commit(job)
    return jobs


def _asked_by() -> dict[str, str]:
    """The request that this goes back to, for the log; a stage hands it on to the next."""
    id = structlog.contextvars.get_contextvars().get("request_id")
    return {"request_id": str(id)} if id else {}


def lock_all(document_ids: Sequence[uuid.UUID]) -> list[Document]:
    """Those that are there, locked with their jobs until the transaction ends."""
    jobs = ExtractionJob.objects.select_for_update().filter(document_id__in=document_ids, state__in=LIVE)
    # As many transactions as may lock rows of these meet them in one order.
    list(jobs.order_by("pk").values("pk"))
    return list(Document.objects.select_for_update().filter(pk__in=document_ids).order_by("pk"))


def cancel_live_of(documents: Sequence[Document]) -> None:
    """End whatever is queued or running for these; a worker at it loses its lease."""
    _cancel(ExtractionJob.objects.filter(document__in=documents))


def cancel_live(document: Document) -> None:
    """The same for one."""
    cancel_live_of([document])


def _cancel(jobs: "QuerySet[ExtractionJob]") -> None:
    jobs.filter(state__in=LIVE).update(
        state=JobState.FAILED,
        error_code="interrupted",
        error_class="retryable",
        lease_until=None,
        finished_at=Now(),
        fence=F("fence") + 1,
    )


# statement_timestamp(), as Django's Now(): rows of the same transaction are due too.
_CLAIM = f"""
UPDATE extraction_extractionjob SET
  state = 'running', attempt = attempt + 1, fence = fence + 1,
  interruptions = interruptions + CASE state WHEN 'running' THEN 1 ELSE 0 END,
  lease_owner = %(owner)s, lease_until = statement_timestamp() + %(lease)s, started_at = statement_timestamp(),
  error_code = '', error_class = ''
WHERE id = %(id)s
  AND ((state = 'queued' AND not_before <= statement_timestamp())
    OR (state = 'running' AND lease_until < statement_timestamp() AND interruptions + 1 < %(deaths)s))
  AND {SERVED}
RETURNING id, document_id, stage, version, attempt, max_attempts, fence, lease_owner, options::text,
  (SELECT d.case_id FROM documents_document d WHERE d.id = document_id)
"""  # noqa: S608 - put together from our own text alone


def claim(job_id: uuid.UUID | str, worker: str) -> Claim | None:
    """Take a job, or None if it is done, not due, somebody else's, or this code too old for the schema.

    The attempt is counted before any work, so a file that kills its worker is found out.
    """
    owner = f"{worker[:40]}:{uuid.uuid4().hex[:16]}"
    lease = timedelta(seconds=settings.LEXINTEL_LEASE_S)
    with transaction.atomic(), connection.cursor() as cursor:
        values: dict[str, Any] = {"owner": owner, "lease": lease, "id": str(job_id), "deaths": MAX_INTERRUPTIONS}
        cursor.execute(_CLAIM, values | {"code": CODE})
        row = cursor.fetchone()
        if row is None:
            return None
        names = [field.name for field in fields(Claim)]
        taken = Claim(**dict(zip(names, [*row[:8], json.loads(row[8]), row[9]], strict=True)))
        started = Document.objects.filter(pk=taken.document_id, status=Status.QUEUED)
        if started.update(status=Status.PROCESSING):
            progress.announce(Document.objects.get(pk=taken.document_id))
    return taken


def _mine(held: Claim) -> Any:
    return ExtractionJob.objects.filter(
        pk=held.job_id, fence=held.fence, lease_owner=held.owner, state=JobState.RUNNING
    )


def renew(held: Claim) -> None:
    """Keep the job for another lease. Raises LostLease."""
    if not _mine(held).update(lease_until=Now() + timedelta(seconds=settings.LEXINTEL_LEASE_S)):
        raise LostLease


@contextmanager
def writing(held: Claim, *, first: Callable[[], None] = lambda: None) -> Iterator[Document]:
    """A transaction in which the claim is known to hold; yields the document, locked. Raises LostLease.

    `first` is called inside it before any row is locked: to take locks that come before those of rows.
    """
    with transaction.atomic():
        first()
        if not _mine(held).select_for_update().values("pk").first():
            raise LostLease
        yield Document.objects.select_for_update().get(pk=held.document_id)


def done(held: Claim, *, timings: dict[str, Any], extractor_version: str = "") -> None:
    """Close the job; inside `writing`."""
    _mine(held).update(
        state=JobState.DONE, lease_until=None, timings=timings, extractor_version=extractor_version, finished_at=Now()
    )


def hand_back(held: Claim) -> None:
    """Return an unfinished job as if it had not been tried: a deploy costs no attempt."""
    with transaction.atomic():
        if _mine(held).update(
            state=JobState.QUEUED, attempt=F("attempt") - 1, lease_owner="", lease_until=None, not_before=Now()
        ):
            wake.on_commit(ExtractionJob.objects.get(pk=held.job_id))


def take_up_all() -> int:
    """For a ledger that was put back from a backup: who held a job then has it no more, and it costs no attempt.

    How many jobs wait; the reconciler sends their messages.
    """
    with transaction.atomic():
        held = ExtractionJob.objects.filter(state=JobState.RUNNING)
        held.update(
            state=JobState.QUEUED,
            attempt=F("attempt") - 1,
            fence=F("fence") + 1,
            lease_owner="",
            lease_until=None,
            not_before=Now(),
        )
        return ExtractionJob.objects.filter(state=JobState.QUEUED).update(enqueued_at=None)


def fail(held: Claim, code: str) -> None:
    """End an attempt with an error: retried later if the code is retryable and attempts are left.

    Embedding may be retried without end: the document is found by word search meanwhile.
    """
    kind = ERRORS[code]
    embedding = held.stage == JobStage.EMBED
    retry = not kind.permanent and (embedding or held.attempt < held.max_attempts)
    with transaction.atomic():
        error = {"error_code": code, "error_class": "permanent" if kind.permanent else "retryable"}
        if retry:
            delays = settings.LEXINTEL_RETRY_DELAYS_S
            # What was merely interrupted waits for nobody to come back; if it happens again, something is away.
            at_once = code == "interrupted" and held.attempt == 1
            waits_s = 0 if at_once else delays[min(held.attempt, len(delays)) - 1]
            delay = timedelta(seconds=waits_s)
            changes: dict[str, Any] = {"state": JobState.QUEUED, "not_before": Now() + delay, "enqueued_at": None}
        else:
            changes = {"state": JobState.FAILED, "finished_at": Now()}
        if not _mine(held).update(lease_owner="", lease_until=None, **error, **changes):
            return
        document = Document.objects.select_for_update().get(pk=held.document_id)
        if embedding or not retry:
            settle_without(document, held.stage, code)
        else:
            document.status = Status.QUEUED
            document.save(update_fields=["status"])
            progress.announce(document)


def settle_without(document: Document, stage: str, code: str) -> None:
    """Give up a stage of a document. Without vectors it is found by word all the same; without the rest it failed.

    Inside a transaction.
    """
    if stage == JobStage.EMBED:
        settle(document, readable_status(document))
    else:
        settle(document, Status.FAILED, code)


def readable_status(document: Document) -> str:
    """Ready, or partial if something of the shown version could not be read."""
    unreadable = document.pages.filter(version=document.version, state="unreadable").exists()
    return Status.PARTIAL if unreadable or document.meta.get("incomplete") else Status.READY


def settle(document: Document, status: str, code: str = "") -> None:
    """Give a document its final status, its duplicates with it, and say so. Inside a transaction."""
    document.status, document.error_code = status, code
    document.save(update_fields=["status", "error_code", "stage", "page_count", "pages_done"])
    Document.objects.filter(pk=document.pk).update(finished_at=Now())
    document.refresh_from_db(fields=["finished_at"])
    settle_duplicates(document)
    progress.announce(document)


def settle_duplicates(document: Document) -> None:
    """Duplicates share their original's fate."""
    changed = Document.objects.filter(duplicate_of=document).update(
        status=document.status,
        stage=document.stage,
        error_code=document.error_code,
        warnings=document.warnings,
        page_count=document.page_count,
        pages_done=document.pages_done,
        extractor_version=document.extractor_version,
        finished_at=document.finished_at,
    )
    if changed:
        for duplicate in Document.objects.filter(duplicate_of=document):
            progress.announce(duplicate)


def next_stage(document: Document, stage: str, version: int, *, changed: Sequence[str] = ()) -> None:
    """Move a document on: record the stage, with the fields that the caller has `changed`, and queue its job, or
    finish. Inside a transaction."""
    document.stage = stage
    if stage == Stage.DONE:
        if changed:
            document.save(update_fields=changed)
        settle(document, readable_status(document))
    else:
        document.save(update_fields=["stage", "page_count", "pages_done", *changed])
        queue(document, stage, version=version)
        progress.announce(document)
