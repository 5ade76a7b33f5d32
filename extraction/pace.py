"""How long work takes, from how long its like took lately: a likely time and an honest range, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

# An estimate rests on at least so many jobs that ended lately.
MIN_JOBS = 3
# Four times of five the truth lies in the range, if times are about normally distributed.
_DEVIATIONS = 1.28


@dataclass(frozen=True)
class Pace:
    """Seconds that jobs of one kind took each: mean, standard deviation, and of how many that is known."""

    mean: float
    deviation: float
    known: int


@dataclass(frozen=True)
class Estimate:
    """Seconds from now."""

    low: int
    likely: int
    high: int

    def later(self, other: Estimate) -> Estimate:
        """When both have ended that go on side by side."""
        return Estimate(max(self.low, other.low), max(self.likely, other.likely), max(self.high, other.high))


def estimate(work: Mapping[str, float], paces: Mapping[str, Pace], at_once: float) -> Estimate | None:
    """For so many jobs of each kind (fractions too) if `at_once` are done at a time.

    A kind that none of was done lately is taken to be like all others together. None if too little is known.
    """
    known = sum(pace.known for pace in paces.values())
    if known < MIN_JOBS or at_once <= 0:
        return None
    others = _together(paces)
    seconds = variance = 0.0
    for kind, jobs in work.items():
        pace = paces.get(kind, others)
        seconds += jobs * pace.mean
        # Each job differs from the mean, and the mean itself is known only so well.
        variance += jobs * pace.deviation**2 + (jobs * pace.deviation) ** 2 / pace.known
    spread = _DEVIATIONS * sqrt(variance)
    return Estimate(
        *(round(max(0.0, value) / at_once) for value in (seconds - spread, seconds, seconds + spread)),
    )


def _together(paces: Mapping[str, Pace]) -> Pace:
    known = sum(pace.known for pace in paces.values())
    mean = sum(pace.mean * pace.known for pace in paces.values()) / known
    square = sum((pace.deviation**2 + (pace.mean - mean) ** 2) * pace.known for pace in paces.values()) / known
    return Pace(mean, sqrt(square), known)


def in_words(low_s: int, high_s: int) -> str:
    """“about 4 to 6 min”, in the unit that people would use."""
    if high_s < 60:
        return "less than a minute"
    unit, each = ("min", 60) if high_s < 5400 else ("h", 3600)
    low, high = low_s / each, high_s / each
    if high >= 10 or unit == "min":
        shown = [f"{round(low):,}", f"{max(1, round(high)):,}"]
    else:
        shown = [f"{low:.1f}".removesuffix(".0"), f"{high:.1f}".removesuffix(".0")]
    if shown[0] == shown[1]:
        return f"about {shown[1]} {unit}"
    return f"up to {shown[1]} {unit}" if shown[0] == "0" else f"about {shown[0]} to {shown[1]} {unit}"
