"""Connected areas of a mask and the rectangle around each, turned the way the area lies: numpy alone.

A mask is taken as runs of set pixels, row by row; runs that touch (diagonals too) belong together. Figures are then
sums over runs, for all areas at once.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Runs:
    """Runs [start, end) in a row, ordered, and the number of the area that each belongs to."""

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    area: np.ndarray

    @property
    def count(self) -> int:
        return int(self.area.max()) + 1 if len(self.area) else 0


@dataclass(frozen=True)
class Rectangles:
    """Centre, length along the area's own direction, thickness across it, and the direction in radians."""

    x: np.ndarray
    y: np.ndarray
    length: np.ndarray
    thickness: np.ndarray
    angle: np.ndarray


def find(mask: np.ndarray) -> Runs:
    """The runs of a boolean mask (height, width), numbered by area."""
    height, width = mask.shape
    framed = np.zeros((height, width + 2), dtype=np.int8)
    framed[:, 1:-1] = mask
    steps = np.diff(framed, axis=1)
    row, start = np.nonzero(steps == 1)
    end = np.nonzero(steps == -1)[1]
    return Runs(row, start, end, _areas(row, start, end, width + 2))


def _areas(row: np.ndarray, start: np.ndarray, end: np.ndarray, stride: int) -> np.ndarray:
    starts, ends = row * stride + start, row * stride + end
    first = np.searchsorted(ends, starts + stride, "left")
    after = np.searchsorted(starts, ends + stride, "right")
    touching = np.maximum(after - first, 0)
    upper = np.repeat(np.arange(len(row)), touching)
    skipped = np.repeat(np.cumsum(touching) - touching, touching)
    lower = np.repeat(first, touching) + np.arange(len(upper)) - skipped
    parent = np.arange(len(row))
    while True:
        a, b = parent[upper], parent[lower]
        if (a == b).all():
            return np.unique(parent, return_inverse=True)[1]
        least = np.minimum(a, b)
        np.minimum.at(parent, a, least)
        np.minimum.at(parent, b, least)
        while (parent != parent[parent]).any():
            parent = parent[parent]


def sizes(runs: Runs) -> np.ndarray:
    """Pixels of each area."""
    return np.bincount(runs.area, runs.end - runs.start, runs.count)


def means(runs: Runs, values: np.ndarray) -> np.ndarray:
    """Mean of `values` (height, width) over each area."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    totals = sums[runs.row, runs.end] - sums[runs.row, runs.start]
    return np.bincount(runs.area, totals, runs.count) / np.maximum(sizes(runs), 1)


def rectangles(runs: Runs) -> Rectangles:
    """The rectangle around each area, along its principal axis (from second moments) if it is long, else upright."""
    count, width = runs.count, (runs.end - runs.start).astype(float)
    middle, area = (runs.start + runs.end) / 2, runs.area

    def total(of: np.ndarray) -> np.ndarray:
        return np.bincount(area, of, count)

    pixels = np.maximum(total(width), 1)
    x, y = total(width * middle) / pixels, total(width * (runs.row + 0.5)) / pixels
    across, down = middle - x[area], runs.row + 0.5 - y[area]
    xx = total(width * (across**2 + width**2 / 12)) / pixels
    yy = total(width * (down**2 + 1 / 12)) / pixels
    xy = total(width * across * down) / pixels
    angle = np.arctan2(2 * xy, xx - yy) / 2
    spread = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    long = xx + yy + spread > 9 * (xx + yy - spread)
    upright = ~long
    angle[upright] = 0.0
    cos, sin = np.cos(angle), np.sin(angle)
    bounds = []
    for direction, other in ((cos, sin), (-sin, cos)):
        low, high = np.full(count, np.inf), np.full(count, -np.inf)
        for column in (runs.start, runs.end):
            for line in (runs.row, runs.row + 1):
                at = (column - x[area]) * direction[area] + (line - y[area]) * other[area]
                np.minimum.at(low, area, at)
                np.maximum.at(high, area, at)
        bounds.append((low, high))
    (left, right), (top, bottom) = bounds
    u, v = (left + right) / 2, (top + bottom) / 2
    return Rectangles(x + u * cos - v * sin, y + u * sin + v * cos, right - left, bottom - top, angle)


def extents(runs: Runs) -> tuple[np.ndarray, np.ndarray]:
    """Height and width of each area, upright."""
    low, high = np.full(runs.count, np.iinfo(np.int64).max), np.zeros(runs.count, dtype=np.int64)
    left, right = low.copy(), high.copy()
    np.minimum.at(low, runs.area, runs.row)
    np.maximum.at(high, runs.area, runs.row + 1)
    np.minimum.at(left, runs.area, runs.start)
    np.maximum.at(right, runs.area, runs.end)
    return high - low, right - left


def touching_edge(runs: Runs, height: int, width: int) -> np.ndarray:
    """Which areas reach the picture's edge."""
    at_edge = (runs.row == 0) | (runs.row == height - 1) | (runs.start == 0) | (runs.end == width)
    return np.bincount(runs.area, at_edge, runs.count) > 0


def mask(runs: Runs, wanted: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The areas for which `wanted` is true, as a mask (height, width)."""
    steps = np.zeros((shape[0], shape[1] + 1), dtype=np.int8)
    kept = wanted[runs.area]
    np.add.at(steps, (runs.row[kept], runs.start[kept]), 1)
    np.add.at(steps, (runs.row[kept], runs.end[kept]), -1)
    return np.cumsum(steps, axis=1, dtype=np.int8)[:, :-1] > 0
