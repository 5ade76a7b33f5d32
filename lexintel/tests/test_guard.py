"""The guard ties a command to its parent where the kernel cannot."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lexintel.guard import guarded, watched
from lexintel.tests.processes import eventually, is_alive, needs_proc

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
TELLS = """
import os, signal, sys, time
def told(number, frame):
    print(signal.Signals(number).name, flush=True)
    sys.exit(7)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, told)
print(os.getpid(), flush=True)
time.sleep(60)
"""


def test_on_linux_the_kernel_does_it(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert guarded(["postgres"]) == ["postgres"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert guarded(["postgres"])[-1] == "postgres"
    assert len(guarded(["postgres"])) > 1


def test_the_commands_exit_code_is_the_guards():
    command = watched([sys.executable, "-c", "import sys; sys.exit(3)"], signal.SIGTERM)
    assert subprocess.run(command, cwd="/", check=False).returncode == 3


def test_a_death_by_signal_is_told_as_shells_do():
    command = watched([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], signal.SIGTERM)
    assert subprocess.run(command, check=False).returncode == 128 + 9


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_passed_on(number):
    # A run in the background has been told to ignore Ctrl-C, and its children would be born so.
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _told(number)
    finally:
        signal.signal(signal.SIGINT, kept)


def _told(number):
    with subprocess.Popen(
        watched([sys.executable, "-c", TELLS], signal.SIGTERM), stdout=subprocess.PIPE, text=True
    ) as guard:
        guard.stdout.readline()
        guard.send_signal(number)
        assert guard.stdout.readline().strip() == number.name
        assert guard.wait(10) == 7


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_gets_its_death_signal_when_the_parent_is_killed(number):
    parent = f"""
import subprocess, sys, time
from lexintel.guard import watched
subprocess.Popen(watched([sys.executable, "-c", {TELLS!r}], {int(number)}), cwd="/")
time.sleep(60)
"""
    root = str(Path(__file__).resolve().parents[2])
    env = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen([sys.executable, "-c", parent], env=env, stdout=subprocess.PIPE, text=True) as process:
        child = int(process.stdout.readline())
        process.kill()
        assert process.stdout.readline().strip() == number.name
        eventually(lambda: not is_alive(child), 5)
