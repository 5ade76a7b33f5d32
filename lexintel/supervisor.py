"""Runs named children: their lines prefixed, restarted when they die, all ended together, none left behind.

up ── web
   └─ worker ── read 1, read 2 … ── dramatiq
             └─ embed ── dramatiq
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from lexintel.embedded.errors import ServiceError
from lexintel.embedded.process import tie
from lexintel.embedded.services import Services
from lexintel.guard import guarded

POLL_S = 0.2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
# Who lives this long has recovered: its next death is a new one.
HEALTHY_S = 60.0
COLOURS = (36, 33, 35, 32)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Restarts:
    """When something that died is started again: soon, and less and less soon if it keeps dying."""

    pause: float = FIRST_PAUSE_S
    started: float = 0.0
    due: float = 0.0

    def begin(self) -> None:
        """It is being started."""
        self.started = time.monotonic()

    def died(self) -> float:
        """It has died; the seconds until it is due."""
        now = time.monotonic()
        if now - self.started > HEALTHY_S:
            self.pause = FIRST_PAUSE_S
        pause, self.due = self.pause, now + self.pause
        self.pause = min(pause * 2, LONGEST_PAUSE_S)
        return pause


@dataclass
class Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    restarts: Restarts = field(default_factory=Restarts)


class Supervisor:
    """`children`: command by name. `services`, if given, are watched too and restarted when they die.

    `patience_s`: from SIGTERM to SIGKILL for the children. One supervisor under another needs less than that one.
    """

    def __init__(
        self,
        children: dict[str, list[str]],
        env: dict[str, str],
        services: Services | None = None,
        *,
        patience_s: float,
        out: IO[str] | None = None,
    ) -> None:
        self.children = [Child(name, command) for name, command in children.items()]
        self.env, self.services, self.patience_s = env, services, patience_s
        self.out = out or sys.stdout
        self._service_restarts: dict[str, Restarts] = {}
        self._down: set[str] = set()
        self._stop = threading.Event()
        self._write = threading.Lock()
        self._width = max((len(name) for name in [*children, *(services.NAMES if services else ())]), default=0)

    def run(self, on_tick: Callable[[], None] | None = None) -> int:
        """Until SIGINT, SIGTERM or SIGHUP; 0. `on_tick` is called at every look around."""
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: self._stop.set())
        try:
            while not self._stop.wait(POLL_S):
                self._look_after_services()
                for child in self.children:
                    self._look_after(child)
                if on_tick:
                    on_tick()
        finally:
            self._end_all()
        return 0

    def _look_after(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.restarts.due:
                self._start(child)
            return
        code = child.process.poll()
        if code is None:
            return
        pause = child.restarts.died()
        self._say(child.name, f"ended ({_how(code)}); starting again in {pause:g} s")
        _kill_group(child.process)
        child.process = None

    def _start(self, child: Child) -> None:
        child.restarts.begin()
        child.process = subprocess.Popen(
            guarded(child.command),
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tie(signal.SIGTERM),
        )
        threading.Thread(target=self._relay, args=(child.name, child.process.stdout), daemon=True).start()

    def _look_after_services(self) -> None:
        for name in self.services.poll() if self.services else []:
            restarts = self._service_restarts.setdefault(name, Restarts())
            if name not in self._down:
                self._down.add(name)
                self._say(name, f"ended; starting again in {restarts.died():g} s")
            elif time.monotonic() >= restarts.due:
                self._restart(name, restarts)

    def _restart(self, name: str, restarts: Restarts) -> None:
        restarts.begin()
        try:
            self.services.restart(name, give_up=self._stop.is_set)  # type: ignore[union-attr]
        except ServiceError as error:
            self._say(name, f"{error}\nstarting again in {restarts.died():g} s")
        else:
            self._down.remove(name)
            self._say(name, "runs again")

    def _relay(self, name: str, stream: IO[bytes]) -> None:
        for line in stream:
            self._say(name, line.decode(errors="replace").rstrip("\n"))

    def _say(self, name: str, text: str) -> None:
        prefix = f"{name:{self._width}} |"
        if self.out.isatty():
            index = next((i for i, c in enumerate(self.children) if c.name == name), 0)
            prefix = f"\033[{COLOURS[index % len(COLOURS)]}m{prefix}\033[0m"
        lines = "".join(f"{prefix} {line}\n" for line in text.split("\n"))
        with self._write, contextlib.suppress(OSError, ValueError):
            self.out.write(lines)
            self.out.flush()

    def _end_all(self) -> None:
        living = [(c.name, c.process) for c in self.children if c.process]
        for _, process in living:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + self.patience_s
        for name, process in living:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(name, "did not end in time; killed")
            _kill_group(process)


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Whatever the child left behind in its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
