"""A reader that does what its file says, as a hostile file would make a real one do.

The file is JSON: {"pages": 3, "open": "abort", "at": {"2": "spin", "2 other": "fine"}, "end": "linger"}
Keys of `at` name a page, or a page and an engine (usual, other). "members" are files inside, by name, and what they do
after their first bytes.
"""

import contextlib
import ctypes
import json
import os
import signal
import stat
import time
from collections.abc import Iterator
from typing import BinaryIO

from extraction.confinement import frames
from extraction.errors import PermanentError
from extraction.readers.base import DocumentInfo, Member, PageRead, ReadOptions


def read(file: BinaryIO, options: ReadOptions) -> Iterator[DocumentInfo | PageRead | Member]:
    plan, started = json.load(file), time.monotonic()
    engine = "other" if options.other_engine else "usual"
    _do(plan.get(f"open {engine}", plan.get("open")))
    yield DocumentInfo(plan["pages"])
    for number in range(1, plan["pages"] + 1):
        if time.monotonic() - started > options.deadline_s:
            return
        if options.wants(number):
            at = plan.get("at", {})
            _do(at.get(f"{number} {engine}", at.get(str(number))))
            yield PageRead(number, "text", f"page {number} by the {engine} engine")
    for name, act in plan.get("members", {}).items():
        yield Member(name, _pieces(act))
    _do(plan.get("end"))


def _pieces(act: str) -> Iterator[bytes]:
    yield b"its first bytes"
    _do(act)


def _do(act: str | None) -> None:
    if act:
        ACTS[act]()


def _segv() -> None:
    ctypes.string_at(0)


def _memory() -> None:
    bytearray(3 << 30)


def _spin() -> None:
    while True:
        pass


def _stack() -> None:
    _stack()


def _bug() -> None:
    raise ValueError("the text of the document, which no log may show")


def _corrupt() -> None:
    raise PermanentError("corrupt")


def _sink() -> int:
    return next(fd for fd in range(3, 64) if _is_pipe(fd))


def _is_pipe(fd: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False


def _garbage() -> None:
    os.write(_sink(), b"\xff" * 64)


def _backwards() -> None:
    os.write(_sink(), frames.encode(PageRead(1, "text", "page 1 again")))


def _linger() -> None:
    os.close(_sink())
    _spin()


def _orphan() -> None:
    """Leave a process behind that holds the pipe open."""
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)


def _write() -> None:
    path = f"/tmp/lexintel-reader-{os.getpid()}"
    try:
        with open(path, "wb", buffering=0) as file:
            file.write(b"x")
    except OSError:
        return
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)
    raise AssertionError("written")


ACTS = {
    "abort": os.abort,
    "segv": _segv,
    "memory": _memory,
    "spin": _spin,
    "sleep": lambda: time.sleep(600),
    "slow": lambda: time.sleep(0.4),
    "exit": lambda: os._exit(3),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stack": _stack,
    "bug": _bug,
    "corrupt": _corrupt,
    "garbage": _garbage,
    "backwards": _backwards,
    "linger": _linger,
    "orphan": _orphan,
    "write": _write,
    "fine": lambda: None,
}
