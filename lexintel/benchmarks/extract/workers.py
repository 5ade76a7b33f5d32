"""Workers in processes of their own, each held to a core, and turns in which they read a case's documents."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from cases.models import Case
from lexintel.benchmarks.child import Child, child
from lexintel.benchmarks.scratch import Scratch

_LONGEST_S = 1800.0


@contextmanager
def workers(cores: list[int | None], scratch: Scratch) -> Iterator[list[Child]]:
    """One waiting worker per core named; the second takes jobs from the other end."""
    with ExitStack() as stack:
        started = []
        for core, end in zip(cores, ("first", "last"), strict=False):
            arguments = ["-m", "lexintel.benchmarks.read_worker", "-" if core is None else str(core), end]
            # Reading alone is measured; pages that need OCR count as read.
            environment = scratch.environment | {"LEXINTEL_OCR_ENGINE": "none"}
            started.append(stack.enter_context(child(arguments, environment)))
        for worker in started:
            worker.wait_for("waits")
        yield started


def read(case: Case, turn: int, team: list[Child]) -> tuple[float, list[dict[str, Any]]]:
    """The workers read the case's queued documents; seconds until the last is done, and what each says."""
    started = time.perf_counter()
    for worker in team:
        worker.tell(f"{turn} {case.pk}")
    said = [json.loads(worker.wait_for(f'"turn": {turn},', _LONGEST_S)) for worker in team]
    return time.perf_counter() - started, said
