"""Which processor cores a process may use: measuring on one, so that ratios compare like with like."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def allowed() -> list[int]:
    """The cores that this process may use; empty where the system does not tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(core: int | None) -> None:
    """Hold this process, and those it starts from now on, to a core; None changes nothing."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


@contextmanager
def one_core() -> Iterator[bool]:
    """On one core while the block runs; yields whether the system allows that."""
    before = allowed()
    pin(before[0] if before else None)
    try:
        yield bool(before)
    finally:
        if before:
            os.sched_setaffinity(0, before)


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process and its ended children have had; 0 where the kernel does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
