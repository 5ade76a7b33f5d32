"""What workers have done since Redis was last emptied: counts that `/metrics` shows, whichever process did it.

Redis, because workers come and go and every web process must tell the same. A count that is lost while Redis is away
is lost: the ledger is what counts.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict

from lexintel import bus

# Each a hash of label → number.
PAGES, PAGE_SECONDS = "pages", "page_seconds"  # by reader
JOBS = "jobs"  # by “stage outcome”: done, or the error's code
CHUNKS = "chunks_embedded"  # without label
NAMES = (PAGES, PAGE_SECONDS, JOBS, CHUNKS)


def count(name: str, label: str = "", n: float = 1) -> None:
    """Never raises because Redis is away."""
    with contextlib.suppress(*bus.AWAY):
        bus.client().hincrbyfloat(_key(name), label, n)


def counted() -> dict[str, dict[str, float]]:
    """By name and label. Raises bus.AWAY."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for name in NAMES:
        answer: dict[str, str] = bus.client().hgetall(_key(name))  # type: ignore[assignment]
        found[name] = {label: float(value) for label, value in answer.items()}
    return found


def _key(name: str) -> str:
    return bus.key("counted", name)
