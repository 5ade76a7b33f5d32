"""How much memory the database server and this process take while something is measured."""

import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from lexintel.chaos.processes import parent_of

_EACH_S = 0.5


class MemoryWatch:
    """Samples PostgreSQL's processes twice a second; where the server is on another machine, it sees none."""

    def __init__(self, server: int) -> None:
        self._server, self._most_kb = server, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.wait(_EACH_S):
            self._most_kb = max(self._most_kb, sum(map(_proportional_kb, self._processes())))

    def _processes(self) -> list[int]:
        if not self._server:
            return []
        found = [self._server]
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and parent_of(int(entry.name)) == self._server:
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def peaks(self) -> dict[str, float | None]:
        """Megabytes; None of what could not be seen."""
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        return {"postgres_peak_mb": round(self._most_kb / 1024, 1) or None, "process_peak_mb": round(used, 1)}


@contextmanager
def watched_memory() -> Iterator[MemoryWatch]:
    """Watch while the block runs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    watch = MemoryWatch(_server_of(backend))
    watch._thread.start()
    try:
        yield watch
    finally:
        watch._over.set()
        watch._thread.join()


def _server_of(backend: int) -> int:
    """The process that all of PostgreSQL's are children of; 0 where it is not on this machine."""
    try:
        if "postgres" not in Path(f"/proc/{backend}/cmdline").read_text():
            return 0
        return parent_of(backend)
    except OSError:
        return 0


def _proportional_kb(pid: int) -> int:
    """Its memory, what it shares with others divided among them: so that a sum counts nothing twice."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
