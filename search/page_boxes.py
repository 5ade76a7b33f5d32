"""Where stretches of a page's text lie on its picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from documents import wordboxes

Span = tuple[int, int]


@dataclass(frozen=True)
class MarkBox:
    """A rectangle over a run of words in one line; points, origin top left. `number`: which of the spans, from 1."""

    number: int
    x: float
    y: float
    width: float
    height: float


def mark_boxes(words: bytes, spans: Sequence[Span]) -> list[MarkBox]:
    """For each span [start, end) of the page's characters its words' boxes, those in one line joined."""
    if not spans or not words:
        return []
    rows = wordboxes.unpack_array(words)
    found = []
    for number, (start, end) in enumerate(spans, 1):
        touched = rows[(rows[:, 0] < end) & (rows[:, 1] > start)]
        found += [MarkBox(number, x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in _joined(touched[:, 2:])]
    return found


def _joined(boxes: np.ndarray) -> list[list[float]]:
    joined: list[list[float]] = []
    for x0, y0, x1, y1 in boxes.tolist():
        last = joined[-1] if joined else None
        # The next word of a line begins at most a wide space after the last one.
        if last and abs((y0 + y1) - (last[1] + last[3])) < y1 - y0 and x1 >= last[2] and x0 - last[2] < y1 - y0:
            joined[-1] = [min(last[0], x0), min(last[1], y0), x1, max(last[3], y1)]
        else:
            joined.append([x0, y0, x1, y1])
    return joined
