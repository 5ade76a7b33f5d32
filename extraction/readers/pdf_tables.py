"""Tables of a PDF page: pdfplumber's geometry on PDFium's ruling lines, and only where a page shows such lines."""

import time
from typing import Any

import numpy as np
from pdfplumber.table import cells_to_tables, edges_to_intersections, merge_edges

from extraction.readers import table_cells
from extraction.readers.pdf_objects import PageObjects, as_rows
from extraction.readers.pdf_words import Frame

# A rectangle thinner than this many points is a line.
LINE_PT = 2.0
# More lines than this are a drawing; fewer than two each way are no table.
MAX_EDGES, MIN_EDGES = 6000, 2
MAX_TABLES, MAX_CELLS = 50, 5000
SNAP_PT = 3

Cell = tuple[float, float, float, float]


def read(objects: PageObjects, frame: Frame, text: str, words: np.ndarray, *, budget_s: float) -> list[dict[str, Any]]:
    """Tables as `{"box": [x0,y0,x1,y1], "rows": [[{"box": […], "text": …}, …], …]}`, in points from the top left."""
    deadline = time.monotonic() + budget_s
    if not 2 * MIN_EDGES - 2 <= len(objects.paths) <= MAX_EDGES:
        return []
    edges = _edges(frame.place(as_rows(objects.paths)))
    level = sum(e["orientation"] == "h" for e in edges)
    if level < MIN_EDGES or len(edges) - level < MIN_EDGES or len(edges) > MAX_EDGES:
        return []
    merged = merge_edges(edges, SNAP_PT, SNAP_PT, SNAP_PT, SNAP_PT)
    if time.monotonic() > deadline or len(merged) > 1000:
        return []
    cells = table_cells.cells_of(edges_to_intersections(merged, SNAP_PT, SNAP_PT))
    if len(cells) > MAX_CELLS:
        return []
    # One cell is a frame around text, not a table.
    tables = [t for t in cells_to_tables(cells) if len(t) > 1][:MAX_TABLES]
    return [_table(cells_of_table, text, words) for cells_of_table in tables]


def _edges(boxes: np.ndarray) -> list[dict[str, Any]]:
    edges = []
    for x0, y0, x1, y1 in boxes.tolist():
        width, height = x1 - x0, y1 - y0
        if height <= LINE_PT < width:
            edges.append(_edge("h", x0, (y0 + y1) / 2, x1, (y0 + y1) / 2))
        elif width <= LINE_PT < height:
            edges.append(_edge("v", (x0 + x1) / 2, y0, (x0 + x1) / 2, y1))
        elif width > LINE_PT and height > LINE_PT:
            edges += [_edge("h", x0, y0, x1, y0), _edge("h", x0, y1, x1, y1)]
            edges += [_edge("v", x0, y0, x0, y1), _edge("v", x1, y0, x1, y1)]
    return edges


def _edge(orientation: str, x0: float, top: float, x1: float, bottom: float) -> dict[str, Any]:
    return {
        "orientation": orientation,
        "object_type": "line",
        "x0": x0,
        "x1": x1,
        "top": top,
        "bottom": bottom,
        "width": x1 - x0,
        "height": bottom - top,
    }


def _table(cells: list[Cell], text: str, words: np.ndarray) -> dict[str, Any]:
    rows: dict[float, list[Cell]] = {}
    for cell in cells:
        rows.setdefault(round(cell[1], 1), []).append(cell)
    boxes = np.array(cells)
    x_mid, y_mid = (words[:, 2] + words[:, 4]) / 2, (words[:, 3] + words[:, 5]) / 2

    def filled(cell: Cell) -> dict[str, Any]:
        x0, y0, x1, y1 = cell
        inside = words[(x_mid >= x0) & (x_mid < x1) & (y_mid >= y0) & (y_mid < y1)]
        said = " ".join(text[int(s) : int(e)] for s, e in inside[:, :2])
        return {"box": [round(v, 2) for v in cell], "text": said}

    bounds = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    return {
        "box": [round(float(v), 2) for v in bounds],
        "rows": [[filled(c) for c in sorted(rows[top])] for top in sorted(rows)],
    }
