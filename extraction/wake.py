"""Messages that wake a worker: only a job's id, sent after commit, and allowed to fail."""

import uuid

import dramatiq
import structlog
from django.db import transaction
from django.db.models.functions import Now

from extraction.models import LIVE, ExtractionJob, JobStage
from extraction.queues import ENOUGH_MESSAGES, waiting_messages

log = structlog.get_logger()

# Embedding has a queue and processes of its own, so that a bulk of it never delays reading.
QUEUES = {JobStage.READ: "read", JobStage.INDEX: "read", JobStage.EMBED: "embed"}
STAGES = {queue: [stage for stage, name in QUEUES.items() if name == queue] for queue in ("read", "embed")}


def on_commit(job: ExtractionJob) -> None:
    """When the transaction that wrote the job is over, send its message if there is room for one."""
    transaction.on_commit(lambda: _send_if_room(job.pk, job.stage), robust=True)


def _send_if_room(job_id: uuid.UUID, stage: str) -> None:
    waiting = waiting_messages(QUEUES[JobStage(stage)])
    if waiting is None:
        log.warning("wake_up_not_sent", job=str(job_id), error="Redis does not answer")
    elif waiting < ENOUGH_MESSAGES:
        send(job_id, stage)


def send(job_id: uuid.UUID, stage: str) -> bool:
    """Send one message; False (and the reconciler sends it later) if Redis does not answer."""
    if not pass_on(job_id, QUEUES[JobStage(stage)]):
        return False
    ExtractionJob.objects.filter(pk=job_id, state__in=LIVE).update(enqueued_at=Now())
    return True


def pass_on(job_id: uuid.UUID | str, queue: str) -> bool:
    """Send a message without a note in its row; False if Redis does not answer."""
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=queue, actor_name=queue, args=(str(job_id),), kwargs={}, options={}
    )
    try:
        dramatiq.get_broker().enqueue(message)
    except Exception as error:  # whatever the broker's client raises: the row is queued and will be found
        log.warning("wake_up_not_sent", job=str(job_id), error=type(error).__name__)
        return False
    return True
