"""The supervisor: children's lines, children's deaths, and an end that leaves nobody behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lexintel import supervisor
from lexintel.supervisor import FIRST_PAUSE_S, HEALTHY_S, LONGEST_PAUSE_S, Restarts
from lexintel.tests.processes import eventually, is_alive, needs_proc

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import os, sys, time
from lexintel.embedded.errors import ServiceError
from lexintel.supervisor import Supervisor

class Services:
    NAMES = ("postgres",)
    dead, restarts = {dead!r}, 0

    def poll(self):
        return self.dead[:1]

    def restart(self, name, give_up):
        self.restarts += 1
        if self.restarts < 2:
            raise ServiceError("no luck")
        self.dead.pop(0)

children = {{name: [sys.executable, "-u", "-c", code] for name, code in {children!r}.items()}}
sys.exit(Supervisor(children, dict(os.environ), Services(), patience_s={patience}).run())
"""
WAIT = "import time; time.sleep(60)"


@pytest.fixture
def supervise():
    """Start a supervisor of these children (name: Python code); what it says can be read line by line."""
    running = []

    def start(patience: float = 5, dead: tuple[str, ...] = (), **children: str) -> subprocess.Popen[str]:
        script = SCRIPT.format(children=children, patience=patience, dead=list(dead))
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    for line in process.stdout:
        if words in line:
            return line
    pytest.fail(f"never said “{words}”")


def test_every_line_says_whose_it_is(supervise):
    process = supervise(
        web="print('listening')\n" + WAIT, worker="import sys; print('ready', file=sys.stderr)\n" + WAIT
    )
    lines = {line_with(process, "|"), line_with(process, "|")}
    assert lines == {"web      | listening\n", "worker   | ready\n"}


def test_a_child_that_dies_is_started_again_and_the_others_go_on(supervise):
    process = supervise(web=f"import os; print('pid', os.getpid())\n{WAIT}", worker=f"print('ready')\n{WAIT}")
    pid = int(line_with(process, "pid").split()[-1])
    os.kill(pid, signal.SIGKILL)
    assert "(killed by SIGKILL); starting again in 0.5 s" in line_with(process, "ended")
    assert int(line_with(process, "pid").split()[-1]) != pid


def test_a_child_that_keeps_dying_is_started_less_and_less_often(supervise):
    process = supervise(web="import sys; sys.exit(3)")
    said = [line_with(process, "exit code 3") for _ in range(3)]
    assert [line.split()[-2] for line in said] == ["0.5", "1", "2"]


def test_who_lived_long_enough_is_started_again_at_once(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now[0])
    restarts = Restarts()
    for _ in range(10):
        restarts.begin()
        assert restarts.died() <= LONGEST_PAUSE_S
        assert restarts.due > now[0]
    assert restarts.died() == LONGEST_PAUSE_S
    restarts.begin()
    now[0] += HEALTHY_S + 1
    assert restarts.died() == FIRST_PAUSE_S


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_ends_with_all_its_children_and_theirs(supervise, number):
    code = f"""
import os, subprocess, sys
left = subprocess.Popen([sys.executable, "-c", {WAIT!r}])
print("pids", os.getpid(), left.pid)
{WAIT}
"""
    process = supervise(web=code)
    pids = [int(pid) for pid in line_with(process, "pids").split()[-2:]]
    started = time.monotonic()
    process.send_signal(number)
    assert process.wait(10) == 0
    assert time.monotonic() - started < 4
    assert not any(is_alive(pid) for pid in pids)


@needs_proc
def test_a_child_that_will_not_end_is_killed_in_time(supervise):
    code = f"import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('pid', os.getpid())\n{WAIT}"
    process = supervise(patience=0.5, web=code)
    pid = int(line_with(process, "pid").split()[-1])
    process.terminate()
    assert "did not end in time; killed" in line_with(process, "did not")
    assert process.wait(10) == 0
    assert not is_alive(pid)


@needs_proc
def test_children_hear_of_its_death_even_by_kill_9(supervise):
    process = supervise(web=f"import os; print('pid', os.getpid())\n{WAIT}")
    pid = int(line_with(process, "pid").split()[-1])
    process.kill()
    eventually(lambda: not is_alive(pid), 5)


def test_a_service_that_died_is_started_until_it_runs(supervise):
    process = supervise(dead=("postgres",), web=WAIT)
    assert "starting again in 0.5 s" in line_with(process, "postgres | ended")
    assert line_with(process, "no luck")
    assert line_with(process, "runs again")


def test_bytes_that_are_no_text_are_shown_all_the_same(supervise):
    process = supervise(web=f"import os; os.write(1, b'caf\\xe9\\n')\n{WAIT}")
    assert "caf\ufffd" in line_with(process, "caf")
