"""manage.py worker: processes that read and index, and one that embeds, supervised."""

import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from psycopg_pool import PoolTimeout

from extraction import code_age
from lexintel.supervisor import Supervisor

log = structlog.get_logger()

# Work in hand is handed back in less: half a second to notice, a second to look up, a commit.
PATIENCE_S = 5.0
WAIT_S = 2.0


class Command(BaseCommand):
    help = "Run the workers: LEXINTEL_WORKER_PROCESSES that read, and one for embeddings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, default=settings.LEXINTEL_WORKER_PROCESSES)

    def handle(self, *, processes: int, **options: Any) -> None:
        if processes < 1:
            raise CommandError("--processes must be at least 1.", returncode=2)
        _wait_for_schema()
        # Prefetch 1: a worker holds no message that another could already be working on.
        env = {
            **os.environ,
            "dramatiq_queue_prefetch": "1",
            "PYTHONPATH": os.pathsep.join([str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]).rstrip(
                os.pathsep
            ),
        }
        # A dramatiq of its own for each process: it ends all its processes when one of them dies, and a file
        # that kills its reader must not interrupt the neighbours.
        children = {f"read {number}": _dramatiq("read") for number in range(1, processes + 1)}
        children["embed"] = _dramatiq("embed")
        sys.exit(Supervisor(children, env, patience_s=PATIENCE_S).run())


def _wait_for_schema() -> None:
    """Until the database is there and has been migrated for this code: then nothing that is claimed fails on it."""
    said = ""
    while (state := _schema()) in ("away", "behind"):
        if state != said:
            log.info("waiting_for_the_database", state=state)
        said = state
        time.sleep(WAIT_S)
    # The children have connections of their own.
    connection.close_pool()  # type: ignore[attr-defined]


def _schema() -> str:
    try:
        return code_age.schema()
    except (DatabaseError, PoolTimeout):
        return "away"
    finally:
        connection.close()


def _dramatiq(queue: str) -> list[str]:
    # One thread a process: PDFium is not thread-safe, and a thread that waits for its child needs no company.
    return [
        *(sys.executable, "-m", "dramatiq", "extraction.worker", "--skip-logging"),
        *("--processes", "1", "--threads", "1", "--queues", queue),
        *("--worker-shutdown-timeout", "2500"),
    ]
