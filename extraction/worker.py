"""What `dramatiq extraction.worker` loads in every worker process: Django, the actors, the reconciler's thread."""

import os
import signal
import threading
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lexintel.settings")
django.setup()

import structlog  # noqa: E402
from django.db import close_old_connections  # noqa: E402
from dramatiq import Broker, Worker  # noqa: E402
from dramatiq.middleware import Middleware  # noqa: E402

from extraction import actors, code_age, jobs, leftovers, worker_life  # noqa: E402, F401
from extraction.reconcile import EVERY_S, reconcile, watch  # noqa: E402
from lexintel.broker import broker  # noqa: E402

log = structlog.get_logger()


class Lifecycle(Middleware):
    """Dies with its parent, reconciles while it lives, and hands its work back when asked to stop."""

    _worker: Worker | None = None

    def after_process_boot(self, broker: Broker) -> None:
        worker_life.die_with_parent()
        worker_life.give_way()
        # dramatiq looks once a second whether it was asked to stop; work in hand need not wait for that.
        worker_life.when_told_to_stop(self._stop)

    def _stop(self) -> None:
        jobs.stopping.set()
        # Until it looks it would take more messages, first of all the one for the job that is handed back.
        for consumer in self._worker.consumers.values() if self._worker else ():
            consumer.running = False

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        self._worker = worker
        log.info("worker_ready", worker=jobs.worker_name())
        leftovers.watch()
        threading.Thread(target=_reconcile_for_ever, name="reconciler", daemon=True).start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        jobs.stopping.set()


def _reconcile_for_ever() -> None:
    watch.begin()
    while True:
        _pass("heartbeat", worker_life.beat)
        _pass("age of the code", _end_if_too_old)
        _pass("reconciler", reconcile)
        if jobs.stopping.wait(EVERY_S):
            break
    _pass("heartbeat", worker_life.leave)


def _end_if_too_old() -> None:
    if code_age.too_old() and not jobs.stopping.is_set():
        log.error("worker_too_old", remedy="Replace it by one of the release that migrated the database.")
        os.kill(os.getpid(), signal.SIGTERM)


def _pass(name: str, call: Callable[[], object]) -> None:
    try:
        call()
    except Exception as error:  # the next pass may fare better; a dead reconciler never would
        log.warning("pass_failed", of=name, error=type(error).__name__)
    finally:
        close_old_connections()


broker.add_middleware(Lifecycle())
