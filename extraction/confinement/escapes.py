"""Tries, from inside a child, what a hostile file would make it do. What is not refused is a hole."""

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable

_PTRACE_ATTACH = 16
_NO_RESERVE = 0x4000 if sys.platform.startswith("linux") else 0
# More than any child may have.
ALL_MEMORY = 5 << 30


def attempts(secret: str, outside: int) -> dict[str, Callable[[], object]]:
    """Each escape, by what it would do. `secret`: a file that must not be read; `outside`: a process to attack."""
    libc = ctypes.CDLL(None, use_errno=True)

    def connect() -> None:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            probe.connect(("127.0.0.1", 9))

    def write() -> None:
        with open(f"{secret}.written", "wb") as file:
            file.write(b"x")

    def read() -> bytes:
        with open(secret, "rb") as file:
            return file.read()

    def execute() -> None:
        # A program that is there for certain, and may be read: what refuses is a wall.
        os.execv(sys.executable, [sys.executable, "-c", ""])  # noqa: S606

    def fork() -> None:
        if (child := os.fork()) == 0:
            os._exit(0)
        os.waitpid(child, 0)

    def allocate() -> None:
        # Promised, not touched: where nothing refuses, the machine need not have it.
        mmap.mmap(-1, ALL_MEMORY, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE).close()

    def signal_outside() -> None:
        os.kill(outside, signal.SIGCONT)

    def trace() -> None:
        if libc.ptrace(_PTRACE_ATTACH, outside, 0, 0) < 0:
            raise PermissionError(ctypes.get_errno(), "ptrace")
        libc.ptrace(17, outside, 0, 0)

    return {
        "network": connect,
        "write a file": write,
        "read a secret file": read,
        "start a program": execute,
        "start a process": fork,
        "take all memory": allocate,
        "signal another process": signal_outside,
        "trace another process": trace,
    }


def report(secret: str, outside: int, walls: list[str]) -> bytes:
    """JSON: the walls, and for each attempt whether it was refused."""
    refused = {}
    for name, attempt in attempts(secret, outside).items():
        try:
            attempt()
            refused[name] = False
        except ConnectionRefusedError:
            # The network answered, with a refusal of its own.
            refused[name] = False
        except (OSError, MemoryError):
            refused[name] = True
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return json.dumps({"walls": walls, "refused": refused, "memory_mb": limit >> 20}).encode()
