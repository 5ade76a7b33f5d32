"""Worker processes: known to be there, gone with their parent, and quick to hear that they should stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dramatiq
import pytest
from django.conf import settings as configured

from extraction import jobs, worker_life

CHILD = """
import multiprocessing, os, sys, time
import django
django.setup()
from extraction import worker_life

def work(ready, grandparent):
    {tie}
    ready.set()
    time.sleep(60)

if __name__ == "__main__":
    ready = multiprocessing.Event()
    child = multiprocessing.Process(target=work, args=(ready, os.getpid()))
    child.start()
    ready.wait(20)
    print(child.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """A parent whose child is tied to it as dramatiq's are; the parent says the child's pid."""
    parents: list[subprocess.Popen[str]] = []

    def start(tie: str) -> subprocess.Popen[str]:
        script = tmp_path / "family.py"
        script.write_text(CHILD.format(tie=tie))
        env = {**os.environ, "PYTHONPATH": str(configured.BASE_DIR)}
        parents.append(subprocess.Popen([sys.executable, str(script)], env=env, stdout=subprocess.PIPE, text=True))
        return parents[-1]

    yield start
    for parent in parents:
        parent.kill()
        parent.communicate()


def is_there(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    "tie",
    [
        "worker_life.die_with_parent()",
        "import threading; threading.Thread(target=worker_life.watch_parent, args=(grandparent,)).start()",
    ],
    ids=["by the kernel", "by watching"],
)
def test_a_worker_dies_with_whoever_started_it(family, tie):
    parent = family(tie)
    child = int(parent.stdout.readline())
    assert is_there(child)
    parent.kill()
    deadline = time.monotonic() + 5
    while is_there(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_there(child)


def test_a_worker_whose_parent_died_before_it_could_be_tied_ends_at_once(family, tmp_path):
    alive = tmp_path / "alive"
    parent = family(
        f"os.kill(grandparent, 9); time.sleep(0.3); worker_life.die_with_parent(); open({str(alive)!r}, 'w')"
    )
    # The pipe closes when the last of the family has gone.
    parent.communicate(timeout=30)
    assert not alive.exists()


@pytest.fixture
def nobody():
    dramatiq.get_broker().client.delete(worker_life._key())
    yield
    dramatiq.get_broker().client.delete(worker_life._key())


def test_workers_are_counted_while_they_say_that_they_live(nobody, monkeypatch):
    assert worker_life.alive() == 0
    worker_life.beat()
    worker_life.beat()
    assert worker_life.alive() == 1
    monkeypatch.setattr(worker_life, "worker_name", lambda: "elsewhere/7")
    worker_life.beat()
    assert worker_life.alive() == 2
    worker_life.leave()
    assert worker_life.alive() == 1


def test_a_worker_that_has_been_silent_is_not_counted_and_then_forgotten(nobody, monkeypatch):
    now = worker_life._now()
    monkeypatch.setattr(worker_life, "_now", lambda: now - worker_life.FORGET_S - 1)
    worker_life.beat()
    monkeypatch.setattr(worker_life, "_now", lambda: now)
    assert worker_life.alive() == 0
    monkeypatch.setattr(worker_life, "worker_name", lambda: "elsewhere/7")
    worker_life.beat()
    assert dramatiq.get_broker().client.zcard(worker_life._key()) == 1


def test_a_workers_own_clock_does_not_matter(nobody, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    worker_life.beat()
    assert worker_life.alive() == 1


def test_a_name_tells_host_and_process():
    assert jobs.worker_name().endswith(f"/{os.getpid()}")


def test_whoever_listens_for_the_end_is_told_first_and_the_others_too():
    heard = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append("dramatiq"))
    try:
        worker_life.when_told_to_stop(lambda: heard.append("jobs"))
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == ["jobs", "dramatiq"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_being_told_twice_at_once_counts_as_once_and_later_again(monkeypatch):
    import signal
    from types import SimpleNamespace

    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(worker_life, "time", SimpleNamespace(monotonic=lambda: clock.now))
    heard: list[str] = []
    kept = signal.signal(signal.SIGTERM, lambda *_: heard.append("passed on"))
    try:
        worker_life.when_told_to_stop(lambda: heard.append("told"))
        told = signal.getsignal(signal.SIGTERM)
        told(signal.SIGTERM, None)
        clock.now += 0.02
        told(signal.SIGTERM, None)
        assert heard.count("passed on") == 1
        clock.now += 5
        told(signal.SIGTERM, None)
        assert heard.count("passed on") == 2
    finally:
        signal.signal(signal.SIGTERM, kept)
