"""What can go wrong, as things that are really done to processes: each strikes once, somewhere, at random.

Not done: ending a third worker over the same document. That one is set aside on purpose (see docs/WORKERS.md), and a
soak that compares results must not ask for it.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import dramatiq
import psycopg
import redis
from dramatiq.brokers.redis import RedisBroker

from lexintel.chaos.endpoint import Endpoint
from lexintel.chaos.processes import parent_of, pids
from lexintel.chaos.stack import Stack

ZYGOTE = "extraction.confinement.zygote"
REDIS_HANGS_S = 4.0
ENDPOINT_MOODS = ("error", "garbage", "nan", "narrow", "silent")
ENDPOINT_ILL_S = 4.0
COPIES = 5
DUPLICATED = 20
BUSY_WITHIN_S = 2.0


@dataclass
class Scene:
    """Where faults strike. `stopped_s`: how long a stopped worker stays so; longer than a lease."""

    stack: Stack
    endpoint: Endpoint
    chance: random.Random
    stopped_s: float
    _timers: list[threading.Timer] = field(default_factory=list)
    _undo: list[Callable[[], None]] = field(default_factory=list)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Undo something after a while, or at `settle`."""
        timer = threading.Timer(seconds, call)
        timer.daemon = True
        self._timers.append(timer)
        self._undo.append(call)
        timer.start()

    def settle(self, *, wait: bool = True) -> None:
        """Nothing is stopped or ill any more; waits until its time is up, or undoes it now."""
        for timer, undo in zip(self._timers, self._undo, strict=True):
            if wait:
                timer.join()
            else:
                timer.cancel()
                undo()
        self._timers, self._undo = [], []

    def pick(self, candidates: list[int]) -> int | None:
        """One of them at random."""
        return self.chance.choice(candidates) if candidates else None

    def kill(self, candidates: list[int], how: int = signal.SIGKILL) -> bool:
        """Send a signal to one of them; whether there was one."""
        pid = self.pick(candidates)
        if pid is None:
            return False
        return _send(pid, how)

    def pids(self, *words: str) -> list[int]:
        return pids(self.stack.data_dir, *words)

    def readers(self) -> list[int]:
        """Worker processes in mid-document, waiting a moment for one; without those that must be spared."""
        deadline = time.monotonic() + BUSY_WITHIN_S
        while True:
            rows = self.stack.sql(
                "SELECT lease_owner, interruptions FROM extraction_extractionjob"
                " WHERE state = 'running' AND stage = 'read'"
            )
            owners = {int(owner.partition("/")[2].partition(":")[0]): deaths for owner, deaths in rows}
            workers = [pid for pid in self._workers("read") if owners.get(pid, 0) == 0]
            busy = [pid for pid in workers if pid in owners]
            if busy or time.monotonic() > deadline:
                return busy or workers
            time.sleep(0.05)

    def _workers(self, queue: str) -> list[int]:
        """Of each dramatiq the process that works, not the one that watches it."""
        family = self.pids("-m dramatiq", f"--queues {queue}")
        return [pid for pid in family if _parent(pid) in family]

    def embedders(self) -> list[int]:
        return self._workers("embed")

    def zygotes(self) -> list[int]:
        family = self.pids(ZYGOTE)
        return [pid for pid in family if _parent(pid) not in family]

    def children(self) -> list[int]:
        """Processes that are reading a file."""
        family = self.pids(ZYGOTE)
        return [pid for pid in family if _parent(pid) in family]


def _parent(pid: int) -> int:
    try:
        return parent_of(pid)
    except OSError:
        return 0


def _send(pid: int, how: int) -> bool:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return False
    return True


def _continue(pid: int) -> None:
    _send(pid, signal.SIGCONT)


def _stop_for(scene: Scene, pid: int | None, seconds: float) -> bool:
    if pid is None or not _send(pid, signal.SIGSTOP):
        return False
    scene.later(seconds, partial(_continue, pid))
    return True


def _flush(scene: Scene) -> bool:
    scene.stack.redis().flushall()
    return True


def _postmaster(scene: Scene) -> list[int]:
    return scene.pids("postgres", "-D")[:1]


def _cut_connections(scene: Scene) -> bool:
    rows = scene.stack.sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    return bool(rows[0][0])


def _end_the_reconciler(scene: Scene) -> bool:
    """Whoever holds its lock, or else whoever asked for it last, loses the connection in mid-pass."""
    rows = scene.stack.sql(
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT a.pid FROM pg_stat_activity a LEFT JOIN pg_locks l"
        "  ON l.pid = a.pid AND l.locktype = 'advisory' AND l.granted"
        "  WHERE l.pid IS NOT NULL OR a.query LIKE '%%advisory%%' OR a.query LIKE '%%pg_postmaster_start_time%%'"
        "  ORDER BY l.pid NULLS LAST, a.query_start DESC) f WHERE pid <> pg_backend_pid()"
    )
    return bool(rows[0][0])


def _duplicate(scene: Scene) -> bool:
    rows = scene.stack.sql(
        "SELECT id, CASE stage WHEN 'embed' THEN 'embed' ELSE 'read' END FROM extraction_extractionjob"
        " ORDER BY state IN ('running', 'queued') DESC, created_at DESC LIMIT %s",
        DUPLICATED,
    )
    namespace = f"{scene.stack.env['LEXINTEL_REDIS_PREFIX']}:dramatiq"
    broker = RedisBroker(client=scene.stack.redis(), namespace=namespace)
    for job, queue in rows * COPIES:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue, actor_name=queue, args=(str(job),), kwargs={}, options={}
        )
        broker.declare_queue(queue)
        broker.enqueue(message)
    return bool(rows)


def _make_ill(scene: Scene) -> bool:
    scene.endpoint.mood = scene.chance.choice(ENDPOINT_MOODS)
    scene.later(ENDPOINT_ILL_S, lambda: setattr(scene.endpoint, "mood", "good"))
    return True


FAULTS: dict[str, Callable[[Scene], bool]] = {
    "worker killed": lambda s: s.kill(s.readers()),
    "worker stopped past its lease": lambda s: _stop_for(s, s.pick(s.readers()), s.stopped_s),
    "worker told to end": lambda s: s.kill(s.readers(), signal.SIGTERM),
    "embedding worker killed": lambda s: s.kill(s.embedders()),
    "workers' supervisor killed": lambda s: s.kill(s.pids("manage.py worker")),
    "reading child killed": lambda s: s.kill(s.children()),
    "zygote killed": lambda s: s.kill(s.zygotes()),
    "redis killed": lambda s: s.kill(s.pids("valkey-server")),
    "redis restarted": lambda s: s.kill(s.pids("valkey-server"), signal.SIGTERM),
    "redis hangs": lambda s: _stop_for(s, s.pick(s.pids("valkey-server")), REDIS_HANGS_S),
    "redis flushed": _flush,
    "messages duplicated": _duplicate,
    "database killed": lambda s: s.kill(_postmaster(s)),
    "database restarted": lambda s: s.kill(_postmaster(s), signal.SIGINT),
    "database connections cut": _cut_connections,
    "reconciler cut off": _end_the_reconciler,
    "web killed": lambda s: s.kill(s.pids("manage.py web")),
    "web told to end": lambda s: s.kill(s.pids("manage.py web"), signal.SIGTERM),
    "embedding endpoint ill": _make_ill,
}


def strike(scene: Scene, name: str) -> bool:
    """Whether the fault found something to hit: what is away already cannot be hit."""
    try:
        return FAULTS[name](scene)
    except (psycopg.Error, redis.RedisError, OSError):
        return False
