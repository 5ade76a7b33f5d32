"""A worker process's ties: to its parent, and the heartbeat by which others know that workers are there."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import cast

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from extraction.jobs import worker_name

# Workers seen in the last this many seconds are alive.
ALIVE_S = 15
# Who has been silent for so long is forgotten.
FORGET_S = 600
WATCH_EVERY_S = 0.5
ONE_TOLD_S = 1.0
# About a tenth of the share of a process that has not given way.
NICE = 10
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Kill this process when the dramatiq that started it dies: by the kernel, or where it cannot by watching."""
    parent = multiprocessing.parent_process()
    started_by = parent.pid if parent and parent.pid else os.getppid()
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=watch_parent, args=(started_by,), name="parent watch", daemon=True).start()
    # It may have died before we asked.
    if os.getppid() != started_by:
        os._exit(1)


def give_way() -> None:
    """Let whoever waits for an answer come first: people's requests and the database, on the same cores.

    Zygotes and reading children inherit it. Alone on its cores a worker is as fast as before.
    """
    with contextlib.suppress(OSError):
        os.nice(NICE)


def watch_parent(pid: int) -> None:
    """Returns never; ends the process when its parent is no longer `pid`."""
    while os.getppid() == pid:
        time.sleep(WATCH_EVERY_S)
    os._exit(1)


def when_told_to_stop(call: Callable[[], None]) -> None:
    """At SIGTERM call this first, and then whoever listened before.

    The kernel tells the children of a process with several threads once for each thread that dies, and dramatiq
    takes a second signal for impatience: within `ONE_TOLD_S` they count as one.
    """
    before = signal.getsignal(signal.SIGTERM)
    told_at: list[float] = []

    def told(number: int, frame: FrameType | None) -> None:
        call()
        now = time.monotonic()
        if told_at and now - told_at[0] < ONE_TOLD_S:
            return
        told_at[:] = [now]
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, told)


def _broker() -> RedisBroker:
    return cast(RedisBroker, dramatiq.get_broker())


def _key() -> str:
    return f"{_broker().namespace}:alive"


def _now() -> float:
    """Redis's time: the workers' clocks may differ by more than a heartbeat."""
    seconds, microseconds = _broker().client.time()
    return float(seconds) + microseconds / 1e6


def beat() -> None:
    """Say that this process lives. Raises redis.RedisError."""
    client, now = _broker().client, _now()
    client.zadd(_key(), {worker_name(): now})
    client.zremrangebyscore(_key(), 0, now - FORGET_S)


def leave() -> None:
    """Say that this process has ended. Raises redis.RedisError."""
    _broker().client.zrem(_key(), worker_name())


def alive() -> int:
    """How many worker processes have said so lately. Raises redis.RedisError."""
    return int(_broker().client.zcount(_key(), _now() - ALIVE_S, "+inf"))
