"""The cells that crossing lines enclose: what pdfplumber's `intersections_to_cells` finds, from an index.

pdfplumber compares each crossing with all others and builds sets of edges anew at each comparison, which on a page of
tables took a third of the time of reading it. Here a crossing is compared with those of its own column and row.

    p ──── right        the smallest cell at p: the nearest corner below and the nearest to the right
    │        │          that lines join, and whose opposite corner lines join too
    below ── opposite
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Point = tuple[float, float]
Cell = tuple[float, float, float, float]


def cells_of(intersections: Mapping[Point, Mapping[str, list[dict[str, Any]]]]) -> list[Cell]:
    """Cells (x0, top, x1, bottom), in the order of their top left corners. The argument: as pdfplumber's function."""
    upright = {point: _boxes(edges["v"]) for point, edges in intersections.items()}
    level = {point: _boxes(edges["h"]) for point, edges in intersections.items()}
    columns: defaultdict[float, list[Point]] = defaultdict(list)
    rows: defaultdict[float, list[Point]] = defaultdict(list)
    place: dict[Point, tuple[int, int]] = {}
    points = sorted(intersections)
    for point in points:
        place[point] = len(columns[point[0]]) + 1, len(rows[point[1]]) + 1
        columns[point[0]].append(point)
        rows[point[1]].append(point)
    cells = []
    for point in points:
        in_column, in_row = place[point]
        below = [p for p in columns[point[0]][in_column:] if not upright[point].isdisjoint(upright[p])]
        right = [p for p in rows[point[1]][in_row:] if not level[point].isdisjoint(level[p])]
        if cell := _smallest(point, below, right, upright, level):
            cells.append(cell)
    return cells


def _smallest(
    point: Point, below: list[Point], right: list[Point], upright: dict[Point, set[Cell]], level: dict[Point, set[Cell]]
) -> Cell | None:
    for low in below:
        for far in right:
            opposite = (far[0], low[1])
            if opposite not in upright:
                continue
            if upright[opposite].isdisjoint(upright[far]) or level[opposite].isdisjoint(level[low]):
                continue
            return (*point, *opposite)
    return None


def _boxes(edges: list[dict[str, Any]]) -> set[Cell]:
    return {(edge["x0"], edge["top"], edge["x1"], edge["bottom"]) for edge in edges}
