"""So many events a second, and when each came to each client."""

import json
import os
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connections

from lexintel.benchmarks.child import Child, child
from lexintel.benchmarks.percentiles import percentile

_SETTLE_S = 1.0
# What has not come by then is lost.
_LAST_EVENTS_S = 3.0


def port_of(server: Child) -> int:
    """Where a web process listens; waits until it does."""
    return int(json.loads(server.wait_for("web_listens"))["port"])


@contextmanager
def watching(
    server: Child, path: str, headers: list[str], events: int, folder: Path, *, patience_s: float = 30
) -> Iterator[dict[str, int]]:
    """Clients of a server while the block runs and until the last event has come; then what they saw."""
    arguments = ["-m", "lexintel.benchmarks.event_clients", str(port_of(server)), path, str(events), str(folder)]
    seen: dict[str, int] = {}
    with child(arguments) as clients:
        for header in [*headers, ""] if headers[0] else [*["X-Nothing: 1" for _ in headers], ""]:
            clients.tell(header)
        clients.wait_for("open", patience_s)
        time.sleep(_SETTLE_S)
        yield seen
        with suppress(RuntimeError):
            clients.wait_for("all", _LAST_EVENTS_S)
        clients.tell("stop")
        seen |= json.loads(clients.wait_for("out_of_order"))


def at_rate(
    do: Callable[[int], None], rate: float, number: int, server: Child, writers: int = 1
) -> tuple[float, float | None]:
    """Do it `number` times, so many a second; how many a second it was, and how busy the server's process."""
    started, before = time.monotonic(), _cpu_s(server.process.pid)
    numbers, lock = iter(range(number)), threading.Lock()

    def work() -> None:
        try:
            while True:
                with lock:
                    n = next(numbers, None)
                if n is None:
                    return
                due = started + n / rate
                time.sleep(max(0.0, due - time.monotonic()))
                do(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(writers) as pool:
        for future in [pool.submit(work) for _ in range(writers)]:
            future.result()
    spent, after = time.monotonic() - started, _cpu_s(server.process.pid)
    busy = None if before is None or after is None else round(100 * (after - before) / spent, 1)
    return round(number / spent, 1), busy


def _cpu_s(pid: int) -> float | None:
    """Seconds of CPU a process has had; None where the kernel does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def latencies(sent: "array[int]", folder: Path) -> dict[str, Any]:
    """Of every event at every client, in milliseconds; and how many never came."""
    arrivals = array("q")
    arrivals.frombytes((folder / "arrivals").read_bytes())
    taken = sorted((a - sent[n % len(sent)]) / 1e6 for n, a in enumerate(arrivals) if a)
    if not taken:
        raise RuntimeError("no event came to any client")
    return {
        "p50_ms": percentile(taken, 0.5, 3),
        "p90_ms": percentile(taken, 0.9, 3),
        "p99_ms": percentile(taken, 0.99, 3),
        "max_ms": percentile(taken, 1, 3),
        "lost": len(arrivals) - len(taken),
    }
