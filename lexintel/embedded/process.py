"""A server process of ours: its log, its death with us, its end, and what an earlier one left behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lexintel.embedded.errors import ServiceError
from lexintel.guard import guarded

MAX_LOG_BYTES = 20 << 20
_PR_SET_PDEATHSIG = 1
_LINUX = sys.platform.startswith("linux")


def never() -> bool:
    """The `give_up` of those who wait to the end."""
    return False


def start(command: list[str], log: Path, *, death_signal: int, **popen: Any) -> subprocess.Popen[bytes]:
    """Start a server that gets `death_signal` when this process dies, however it dies."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".1"))
    with open(log, "ab") as out:
        return subprocess.Popen(
            guarded(command, death_signal),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=tie(death_signal),
            **popen,
        )


def tie(death_signal: int) -> Callable[[], None] | None:
    """For a child, between fork and exec: `death_signal` when this process dies (Linux; elsewhere the guard does it).

    As subprocess's `preexec_fn` it comes after a change of user, which would undo it.
    """
    if not _LINUX:
        return None
    libc, parent = ctypes.CDLL(None, use_errno=True), os.getpid()

    def tie_now() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie_now


def end(process: subprocess.Popen[bytes], patience_s: float, last: int = signal.SIGKILL) -> None:
    """Wait for a server that was told to end; after `patience_s` send it `last`, and then kill its group."""
    for how, wait_s in ((None, patience_s), (last, 2.0), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            if how == signal.SIGKILL:
                os.killpg(process.pid, how)
            elif how is not None:
                process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)
            return


def wait_until(
    ready: Callable[[], bool],
    process: subprocess.Popen[bytes],
    log: Path,
    *,
    patience_s: float,
    give_up: Callable[[], bool],
) -> None:
    """Wait until `ready()`. Raises ServiceError with the log's end if the server dies or takes too long."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if ready():
            return
        if give_up():
            raise ServiceError(f"{log.stem} was not waited for")
        time.sleep(0.05)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    raise ServiceError(f"{log.stem} did not start (its log: {log}):\n{tail}")


def pid_in(file: Path) -> int | None:
    """The process id on the first line of a server's pid file; None if there is none."""
    try:
        return int(file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def exists(pid: int) -> bool:
    """Whether any process has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def is_at_work(pid: int, program: str, folder: Path) -> bool:
    """Whether process `pid` lives, is `program`, and works in `folder`.

    The number alone says little: after a reboot it is another process's. Where the kernel does not tell the folder,
    the program alone decides.
    """
    if program not in _command(pid):
        return False
    try:
        return not _LINUX or Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except FileNotFoundError:
        return False
    except PermissionError:
        return True


def _command(pid: int) -> str:
    if _LINUX:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout


def has_ended(pid: int, program: str, folder: Path, patience_s: float) -> bool:
    """Wait for a server whose owner was killed: it is shutting down by its death signal. False if it goes on."""
    deadline = time.monotonic() + patience_s
    while is_at_work(pid, program, folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
