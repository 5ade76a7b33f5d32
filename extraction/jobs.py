"""One job from claim to settlement, whatever happens on the way. Never raises: the row tells the outcome."""

import os
import socket
import threading
import time
from collections.abc import Callable

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError

from extraction import code_age, counters, ledger, pipeline
from extraction.errors import ExtractionError
from extraction.patience import while_database_is_away
from lexintel import tracing

log = structlog.get_logger()

# Set when the worker is asked to stop: work in hand is handed back at the next tick.
stopping = threading.Event()


class Stopping(Exception):
    """The worker has been asked to stop."""


def worker_name() -> str:
    """Who holds a lease: host and process."""
    return f"{socket.gethostname()[:24]}/{os.getpid()}"


def check_stopping() -> None:
    """Raises Stopping once the worker has been asked to stop."""
    if stopping.is_set():
        raise Stopping


def run(job_id: str) -> None:
    """Claim a job and do it. Quietly nothing if somebody else has it or it is done."""
    try:
        held = while_database_is_away(lambda: None if stopping.is_set() else ledger.claim(job_id, worker_name()))
    except DatabaseError as error:
        # Its row is as it was: the reconciler wakes somebody once the database is back.
        log.warning("job_not_claimed", job=job_id, error=type(error).__name__)
        return
    if held is None:
        return
    context = {"job": str(held.job_id), "document": str(held.document_id), "stage": held.stage}
    origin = {"case": str(held.case_id)} | {n: held.options[n] for n in ("request_id",) if n in held.options}
    started = time.monotonic()
    with structlog.contextvars.bound_contextvars(**origin):
        outcome = _run(held, context)
    tracing.told(
        f"job {held.stage}",
        time.monotonic() - started,
        origin.get("request_id", ""),
        failed=outcome == "internal_error",
        lexintel__outcome=outcome,
        lexintel__case=origin["case"],
        lexintel__attempt=held.attempt,
        **{f"lexintel__{name}": value for name, value in context.items()},
    )


def _run(held: ledger.Claim, context: dict[str, str]) -> str:
    """How it ended, in a word for operators."""
    try:
        pipeline.run(held, tick=check_stopping)
        counters.count(counters.JOBS, f"{held.stage} done")
        return "done"
    except ledger.LostLease:
        log.info("lease_lost", **context)
        return "lease_lost"
    except Stopping:
        _settle(lambda: ledger.hand_back(held), context)
        log.info("handed_back", **context)
        return "handed_back"
    except ExtractionError as error:
        code = error.code
        _settle(lambda: ledger.fail(held, code), context)
        counters.count(counters.JOBS, f"{held.stage} {code}")
        log.info("job_failed", code=code, attempt=held.attempt, **context)
        return code
    except (OperationalError, InterfaceError):
        _settle(lambda: ledger.fail(held, "database_unavailable"), context)
        log.warning("job_lost_the_database", **context)
        return "database_unavailable"
    except Exception as error:
        if _schema_moved_on():
            _settle(lambda: ledger.hand_back(held), context)
            log.warning("handed_back_to_newer_code", **context)
            return "handed_back"
        # A bug of ours. The traceback shows code, never values: document text stays out of the log.
        log.exception("job_hit_a_bug", error=type(error).__name__, **context)
        _settle(lambda: ledger.fail(held, "internal_error"), context)
        counters.count(counters.JOBS, f"{held.stage} internal_error")
        return "internal_error"


def _schema_moved_on() -> bool:
    try:
        return while_database_is_away(code_age.too_old)
    except DatabaseError:
        return False


def _settle(how: Callable[[], None], context: dict[str, str]) -> None:
    try:
        while_database_is_away(how)
    except DatabaseError as error:
        # The lease runs out by itself, and the job is found.
        log.warning("job_not_settled", error=type(error).__name__, **context)
