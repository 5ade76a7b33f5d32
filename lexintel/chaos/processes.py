"""Real processes: run manage.py, wait for what it does, find all that an installation has started (by /proc)."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

# The servers and the key of whoever starts an installation of its own are not that installation's.
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")


def eventually(condition: Callable[[], Any], within: float, what: str = "") -> Any:
    """The condition's value as soon as it is true. Raises TimeoutError if that takes longer than `within` seconds."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within} s: {what or condition}")
        time.sleep(0.05)
    return value


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def parent_of(pid: int) -> int:
    """The process that started it, or took it over. Raises OSError if it is gone."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def installation(data_dir: Path) -> dict[int, str]:
    """Command line by pid of every process that works on this data folder, or in it, and of what these started."""
    mark, found = f"LEXINTEL_DATA_DIR={data_dir}".encode(), {}
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = parent_of(int(entry.name))
                # Valkey writes its title over its environment, but stays in its folder.
                ours = mark in (entry / "environ").read_bytes().split(b"\0")
                ours = ours or (entry / "cwd").readlink().is_relative_to(data_dir)
                if ours and is_alive(int(entry.name)):
                    found[int(entry.name)] = _command_line(int(entry.name))
    # Readers are told nothing of where data lies: they are found by who started them.
    for _ in range(3):
        for pid, parent in parents.items():
            if parent in found and pid not in found and is_alive(pid):
                with contextlib.suppress(OSError):
                    found[pid] = _command_line(pid)
    return found


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def pids(data_dir: Path, *words: str) -> list[int]:
    """Processes on this data folder whose command line has all the words, oldest first."""
    return sorted(pid for pid, command in installation(data_dir).items() if all(word in command for word in words))


class Manage:
    """A manage.py command in the background. `output()` is what it has said; `through`: the command that runs it."""

    def __init__(self, log: Path, *arguments: str, through: Sequence[str] = (), **env: str) -> None:
        inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                [*through, sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
                env=inherited | {"PYTHONUNBUFFERED": "1"} | env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def says(self, words: str, within: float) -> None:
        """Wait until it says this. Raises RuntimeError with what it said instead, or TimeoutError."""

        def said() -> bool:
            if self.process.poll() is not None and words not in self.output():
                raise RuntimeError(f"ended with {self.process.returncode}:\n{self.output()}")
            return words in self.output()

        eventually(said, within, f"“{words}” in:\n{self.output()[-2000:]}")

    def stop(self, how: int = signal.SIGTERM, within: float = 20) -> tuple[int, float]:
        """Its exit code, and the seconds it took to end."""
        started = time.monotonic()
        self.process.send_signal(how)
        return self.process.wait(within), time.monotonic() - started

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
