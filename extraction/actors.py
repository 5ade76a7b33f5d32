"""What the workers run. A message holds a job's id and nothing else; the row says what to do."""

import dramatiq

from extraction import jobs, wake
from extraction.reconcile import refill


@dramatiq.actor(queue_name="read", max_retries=0)
def read(job_id: str) -> None:
    """Read pages or index words."""
    _work("read", job_id)


@dramatiq.actor(queue_name="embed", max_retries=0)
def embed(job_id: str) -> None:
    """Index meaning."""
    _work("embed", job_id)


def _work(queue: str, job_id: str) -> None:
    if jobs.stopping.is_set():
        # Taken a moment too late: it must wake somebody else.
        wake.pass_on(job_id, queue)
        return
    jobs.run(job_id)
    refill(queue)
