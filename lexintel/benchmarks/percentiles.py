"""Which value so large a share of measurements does not exceed."""

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float, digits: int = 2) -> float | None:
    """`share` from 0 to 1; None of nothing."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], digits) if ordered else None
