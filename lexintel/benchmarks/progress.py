"""bench progress: from a transaction's commit to the client that watches it, through a web process of its own.

writer: change a document, announce, COMMIT ─▶ publish ─▶ Redis ─▶ relay in the web process ─▶ SSE ─▶ clients
raw hop       XADD ─▶ blocking XREAD in another process                    the least that a stream in Redis costs
bare          XADD ─▶ one XREAD ─▶ SSE on the same server ─▶ clients       and with the server and as many clients

All of it in one run on one machine, at the same rate; times are those of the machine's monotonic clock.

Parts (`--only`): delay (this), costs, disconnects, deaf, crowd.
"""

import json
import math
import tempfile
import time
import uuid
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from documents.models import Document
from extraction import progress
from lexintel import bus
from lexintel.benchmarks import progress_costs, progress_crowds, progress_disconnects
from lexintel.benchmarks.child import child
from lexintel.benchmarks.load import at_rate, latencies, watching
from lexintel.benchmarks.scratch import scratch_installation
from lexintel.benchmarks.watched_case import watched_case, watchers

PARTS = ("delay", "costs", "disconnects", "deaf", "crowd")
CLIENTS, RATE, SECONDS = 20, 50.0, 15.0
# The baselines need fewer events to be known as well.
_BASELINE_SECONDS = 5.0
_DOCUMENTS = 50
# A writer that waits for its commit hardly writes faster than this.
_RATE_PER_WRITER = 250


def run(
    clients: int = CLIENTS, rate: float = RATE, seconds: float = SECONDS, only: str = ",".join(PARTS)
) -> dict[str, Any]:
    """Latencies in milliseconds from commit (baselines: from before XADD) to every client; and the other parts.

    Raises CommandError if there is nothing to measure.
    """
    wanted = only.split(",")
    if not set(wanted) <= set(PARTS):
        raise CommandError(f"The parts are {', '.join(PARTS)}.", returncode=2)
    if clients < 1 or seconds <= 0 or rate * seconds < 1:
        raise CommandError("Nothing to measure: give at least one client and one event.", returncode=2)
    found: dict[str, Any] = _delay(clients, rate, seconds) if "delay" in wanted else {}
    for part in wanted:
        if part != "delay":
            with scratch_installation() as scratch, tempfile.TemporaryDirectory(prefix="lexintel-bench-") as folder:
                found[part] = _part(part, scratch.environment, Path(folder))
    return found


def _part(part: str, environment: dict[str, str], folder: Path) -> dict[str, Any]:
    match part:
        case "costs":
            return progress_costs.run()
        case "disconnects":
            return progress_disconnects.run(environment)
        case "deaf":
            return progress_crowds.deaf(environment, folder)
    return progress_crowds.crowd(environment, folder)


def _delay(clients: int, rate: float, seconds: float) -> dict[str, Any]:
    with scratch_installation() as scratch, tempfile.TemporaryDirectory(prefix="lexintel-bench-") as folder:
        hop = _raw_hop(scratch.environment["REDIS_URL"], rate, min(seconds, _BASELINE_SECONDS), Path(folder))
        bare = _bare(scratch.environment["REDIS_URL"], clients, rate, min(seconds, _BASELINE_SECONDS), Path(folder))
        ours = _ours(scratch.environment, clients, rate, seconds, Path(folder))
    return {
        "clients": clients,
        "rate": rate,
        "seconds": seconds,
        **ours,
        **{f"raw_redis_hop_{name}": value for name, value in hop.items()},
        "p50_to_raw_hop": round(ours["p50_ms"] / hop["p50_ms"], 2),
        **{f"bare_sse_{name}": value for name, value in bare.items()},
        "p50_to_bare_sse": round(ours["p50_ms"] / bare["p50_ms"], 2),
    }


def _ours(environment: dict[str, str], clients: int, rate: float, seconds: float, folder: Path) -> dict[str, Any]:
    case, documents = watched_case(_DOCUMENTS, int(rate * seconds))
    headers = watchers(case, clients)
    committed = array("q", bytes(8 * int(rate * seconds)))

    def write(number: int) -> None:
        document = documents[number % len(documents)]
        document.pages_done = number
        with transaction.atomic():
            Document.objects.filter(pk=document.pk).update(pages_done=number)
            transaction.on_commit(lambda: committed.__setitem__(number, time.monotonic_ns()))
            progress.announce(document)

    with child(["manage.py", "web", "--port", "0"], environment) as web:
        path = f"/api/v1/cases/{case.pk}/events/"
        with watching(web, path, headers, len(committed), folder) as clients_seen:
            writers = math.ceil(rate / _RATE_PER_WRITER)
            achieved, busy = at_rate(write, rate, len(committed), web, writers)
        return {
            "events": len(committed),
            "events_per_s": achieved,
            **latencies(committed, folder),
            **clients_seen,
            "web_cpu_percent": busy,
        }


def _bare(url: str, clients: int, rate: float, seconds: float, folder: Path) -> dict[str, Any]:
    stream = f"lexintel-bench-bare-{uuid.uuid4().hex}"
    sent = array("q", bytes(8 * int(rate * seconds)))
    event = progress.ProgressEvent(str(uuid.uuid4()), str(uuid.uuid4()), "processing", "read", 0, 0, 0, 0)
    add = _adding(stream, sent, lambda number: {"progress": _numbered(event, number, len(sent))})
    with child(["-m", "lexintel.benchmarks.bare_events", url, stream]) as server:
        with watching(server, "/", [""] * clients, len(sent), folder):
            _, busy = at_rate(add, rate, len(sent), server)
    bus.client().delete(stream)
    measured = latencies(sent, folder)
    return {name: measured[name] for name in ("p50_ms", "p99_ms", "max_ms", "lost")} | {"cpu_percent": busy}


def _raw_hop(url: str, rate: float, seconds: float, folder: Path) -> dict[str, Any]:
    stream = f"lexintel-bench-hop-{uuid.uuid4().hex}"
    sent = array("q", bytes(8 * int(rate * seconds)))
    add = _adding(stream, sent, lambda number: {"number": number, "progress": "x" * progress.MAX_BYTES})
    arguments = ["-m", "lexintel.benchmarks.redis_hop", url, stream, str(len(sent)), str(folder)]
    with child(arguments) as reader:
        reader.wait_for("open")
        at_rate(add, rate, len(sent), reader)
        reader.process.wait(10)
    bus.client().delete(stream)
    measured = latencies(sent, folder)
    return {name: measured[name] for name in ("p50_ms", "p99_ms")}


def _adding(stream: str, sent: "array[int]", fields: Callable[[int], dict[Any, Any]]) -> Callable[[int], None]:
    def add(number: int) -> None:
        sent[number] = time.monotonic_ns()
        bus.client().xadd(stream, fields(number))

    return add


def _numbered(event: progress.ProgressEvent, number: int, of: int) -> str:
    return json.dumps(event.as_dict() | {"page": number, "pages": of}, separators=(",", ":"))
