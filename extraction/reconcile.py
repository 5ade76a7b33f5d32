"""Finds work that nobody will be woken up for, and ends what kills its workers. Any worker, one at a time."""

import contextlib
import time
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from documents.models import Document
from extraction import ledger, wake
from extraction.lease_watch import LeaseWatch
from extraction.models import ExtractionJob, JobState
from extraction.queues import ENOUGH_MESSAGES, FEW_MESSAGES, waiting_messages
from extraction.turns import Turn, anybody_waits, next_turns
from lexintel import bus

log = structlog.get_logger()

EVERY_S = 5.0
# A key of our own among the database's advisory locks ("lexi" in ASCII).
LOCK = 0x6C657869
BATCH = 64

watch = LeaseWatch()


def reconcile() -> dict[str, int]:
    """One pass; counts of what it did, all zero if another process is at it."""
    with transaction.atomic():
        alone = _alone()
        watch.saw(_server_started())
        quarantined = _quarantine() if alone and watch.can_tell() else 0
    if alone:
        _remember()
    turns = [turn for queue in wake.STAGES for turn in _fill_up(queue)] if alone else []
    expired = sum(turn.expired for turn in turns)
    return {"woken": len(turns) - expired, "expired": expired, "quarantined": quarantined}


def seconds_ago() -> float:
    """Since the last pass of any process, -1 if none is known. Raises bus.AWAY."""
    said: Any = bus.client().get(_key())
    return max(0.0, time.time() - float(said)) if said else -1.0


def _remember() -> None:
    with contextlib.suppress(*bus.AWAY):
        bus.client().set(_key(), time.time())


def _key() -> str:
    return bus.key("reconciled")


def refill(queue: str) -> None:
    """For a worker that has finished a job: wake who is next if the queue runs low. Never raises."""
    waiting = waiting_messages(queue)
    if waiting is None or waiting >= FEW_MESSAGES:
        return
    try:
        if anybody_waits(wake.STAGES[queue], waiting):
            _fill_up(queue)
    except DatabaseError as error:
        log.warning("queue_not_refilled", queue=queue, error=type(error).__name__)


def _fill_up(queue: str) -> list[Turn]:
    """Send messages up to ENOUGH_MESSAGES, unless somebody else is at it; those that were sent."""
    sent: list[Turn] = []
    with transaction.atomic():
        if not _alone():
            return sent
        waiting = waiting_messages(queue)
        if waiting is None or waiting >= ENOUGH_MESSAGES:
            return sent
        for turn in next_turns(wake.STAGES[queue], waiting, ENOUGH_MESSAGES - waiting):
            if turn.expired and not watch.can_tell():
                continue
            if not wake.send(turn.job_id, turn.stage):
                break
            sent.append(turn)
    return sent


def _alone() -> bool:
    """Whether no other process is at it; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _server_started() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_postmaster_start_time()")
        started: datetime = cursor.fetchone()[0]
    return started


def _quarantine() -> int:
    killers = ExtractionJob.objects.select_for_update(skip_locked=True).filter(
        state=JobState.RUNNING, lease_until__lt=Now(), interruptions__gte=ledger.MAX_INTERRUPTIONS - 1
    )
    count = 0
    for job in killers[:BATCH]:
        ExtractionJob.objects.filter(pk=job.pk).update(
            state=JobState.QUARANTINED,
            error_code="quarantined",
            error_class="permanent",
            fence=F("fence") + 1,
            interruptions=F("interruptions") + 1,
            lease_until=None,
            finished_at=Now(),
        )
        document = Document.objects.select_for_update().get(pk=job.document_id)
        ledger.settle_without(document, job.stage, "quarantined")
        log.warning("job_quarantined", job=str(job.pk), document=str(job.document_id))
        count += 1
    return count
