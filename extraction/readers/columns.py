"""Reading order: a page of two columns whose text comes row by row is put back into columns.

left a   right a                 left a
left b   right b      becomes    left b
                                 right a
                                 right b
"""

import numpy as np

from extraction.readers.base import Mark

MIN_WORDS = 120
# A gutter lies in the middle of the page and is at least so wide.
GUTTER_PT = 8.0
MIDDLE = (0.35, 0.65)
# Prose, not the cells of a table or a caption: this many words a line and lines a side.
WORDS_A_LINE, LINES = 3.0, 12
# Words of prose do not stand this many line heights apart; the cells of a row do, in at least this share of the lines.
CELL_GAP_HEIGHTS, TORN_LINES = 1.5, 0.3


def in_reading_order(
    text: str, words: np.ndarray, width: float, marks: list[Mark]
) -> tuple[str, np.ndarray, list[Mark]]:
    """Text, words and marks of a page, in columns if they were not. Every character stays, in another place."""
    gutter = _gutter(words, width)
    if gutter is None:
        return text, words, marks
    sides = np.where(words[:, 4] <= gutter, 0, np.where(words[:, 2] >= gutter, 1, 2))
    rows = _rows(text, words)
    if not _interleaved(sides, rows) or _has_cells(text, words, sides, rows):
        return text, words, marks
    return _rebuilt(text, words, marks, _order(sides, rows))


def _gutter(words: np.ndarray, width: float) -> float | None:
    """Where a vertical band in the middle that hardly any word crosses is widest; None if there is none."""
    if len(words) < MIN_WORDS or width <= 0:
        return None
    low, high = int(width * MIDDLE[0]), int(width * MIDDLE[1])
    crossings = np.zeros(int(width) + 2, dtype=int)
    starts, ends = np.clip(words[:, 2], 0, width).astype(int), np.clip(words[:, 4], 0, width).astype(int)
    np.add.at(crossings, starts, 1)
    np.add.at(crossings, ends + 1, -1)
    crossed = np.cumsum(crossings)[low:high]
    free = crossed <= max(2, len(words) * 0.01)
    best, run = (0, 0), 0
    for index, is_free in enumerate(free.tolist()):
        run = run + 1 if is_free else 0
        best = max(best, (run, index))
    length, end = best
    return low + end - length / 2 if length >= GUTTER_PT else None


def _rows(text: str, words: np.ndarray) -> np.ndarray:
    """The number of the line, as it is printed, that each word stands on."""
    middles = (words[:, 3] + words[:, 5]) / 2
    order = np.argsort(middles, kind="stable")
    height = max(float(np.median(words[:, 5] - words[:, 3])), 1.0)
    breaks = np.concatenate([[0], np.cumsum(np.diff(middles[order]) > height * 0.5)])
    rows = np.empty(len(words), dtype=int)
    rows[order] = breaks
    return rows


def _interleaved(sides: np.ndarray, rows: np.ndarray) -> bool:
    if (sides == 2).sum() > 0.15 * len(sides):
        return False
    for side in (0, 1):
        lines = len(np.unique(rows[sides == side]))
        if lines < LINES or (sides == side).sum() < WORDS_A_LINE * lines:
            return False
    both = len(np.intersect1d(rows[sides == 0], rows[sides == 1]))
    changes = int((np.diff(sides[sides != 2]) != 0).sum())
    # Read by columns the side changes once or twice a page; read by rows, twice a row.
    return both >= LINES and changes > both


def _has_cells(text: str, words: np.ndarray, sides: np.ndarray, rows: np.ndarray) -> bool:
    """Whether a side's lines are torn by wide gaps: it is half of a table, to be read row by row.

    The gap after a line's number, as condensed transcripts have it, does not count.
    """
    height = max(float(np.median(words[:, 5] - words[:, 3])), 1.0)
    for side in (0, 1):
        of_side = np.flatnonzero(sides == side)
        order = of_side[np.lexsort((words[of_side, 2], rows[of_side]))]
        gaps = words[order[1:], 2] - words[order[:-1], 4]
        wide = np.flatnonzero((rows[order[1:]] == rows[order[:-1]]) & (gaps > CELL_GAP_HEIGHTS * height))
        before = (order[n] for n in wide.tolist())
        torn = {int(rows[w]) for w in before if not text[int(words[w, 0]) : int(words[w, 1])].isdigit()}
        if len(torn) > TORN_LINES * len(np.unique(rows[of_side])):
            return True
    return False


def _order(sides: np.ndarray, rows: np.ndarray) -> list[int]:
    """Words in reading order: what spans both columns divides the page into bands; a band is left, then right."""
    spanning = {int(r) for r in rows[sides == 2]}
    band_of_row, band = {}, 0
    for row in range(int(rows.max()) + 1):
        if row in spanning:
            band_of_row[row] = band + 1
            band += 2
        else:
            band_of_row[row] = band
    keys = []
    for index, (row, side) in enumerate(zip(rows.tolist(), sides.tolist(), strict=True)):
        column = 0 if row in spanning else side
        keys.append((band_of_row[row], column, row, index))
    return [key[3] for key in sorted(keys)]


def _rebuilt(text: str, words: np.ndarray, marks: list[Mark], order: list[int]) -> tuple[str, np.ndarray, list[Mark]]:
    pieces: list[str] = []
    moved = words[order].copy()
    at, places = 0, {}
    middles = (words[:, 3] + words[:, 5]) / 2
    height = max(float(np.median(words[:, 5] - words[:, 3])), 1.0)
    for place, index in enumerate(order):
        if place:
            new_line = abs(middles[index] - middles[order[place - 1]]) > height * 0.5
            pieces.append("\n" if new_line else " ")
            at += 1
        start, end = int(words[index, 0]), int(words[index, 1])
        places[start] = at
        pieces.append(text[start:end])
        moved[place, :2] = at, at + end - start
        at += end - start
    return "".join(pieces), moved, _moved(marks, words, places)


def _moved(marks: list[Mark], words: np.ndarray, places: dict[int, int]) -> list[Mark]:
    """The marks word by word: what was one stretch may have come apart."""
    found = []
    for mark in marks:
        inside = words[(words[:, 0] >= mark.start) & (words[:, 1] <= mark.end)]
        for start, end in inside[:, :2].astype(int).tolist():
            found.append(Mark(mark.kind, places[start], places[start] + end - start, mark.value))
    return sorted(found, key=lambda m: m.start)
