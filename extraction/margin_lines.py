"""What stands in the margins at the head and the foot of a page, piece by piece, with its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from documents.wordboxes import unpack_array
from extraction.readers.base import PageRead

# Of the page's height, at its head and at its foot; a page without geometry: so many lines at each end.
MARGIN, LINES = 0.12, 2
LINE_PT = 20.0
# Words of one line this many line heights apart are two pieces: a footer's left, middle and right.
GAP_HEIGHTS = 2.5
MAX_CHARS, MAX_PIECES = 200, 24


@dataclass(frozen=True)
class MarginLine:
    """A stretch [start, end) of the text of the page that is `index` in its document; `text` has single spaces.

    `y`: points from the page's upper edge to its middle, or, negative, from the lower edge; without geometry the line's
    number, so many times LINE_PT.
    """

    index: int
    start: int
    end: int
    text: str
    y: float
    at_head: bool
    by_ocr: bool = False


def of_page(index: int, page: PageRead) -> list[MarginLine]:
    """The margin's pieces; without line numbers, and without what a reader has marked as header or footer."""
    words = unpack_array(page.words)
    found = _by_place(index, page, words) if len(words) and page.height > 0 else _by_order(index, page)
    return [line for line in found if len(line.text) <= MAX_CHARS][:MAX_PIECES]


def _by_place(index: int, page: PageRead, words: np.ndarray) -> Iterator[MarginLine]:
    middles = (words[:, 3] + words[:, 5]) / 2 / page.height
    marked = [(m.start, m.end) for m in page.marks if m.kind in ("margin_number", "header", "footer", "hidden")]
    rows = [
        row
        for row in np.flatnonzero((middles < MARGIN) | (middles > 1 - MARGIN)).tolist()
        if not any(start <= words[row, 0] and words[row, 1] <= end for start, end in marked)
    ]
    rows.sort(key=lambda row: float(words[row, 0]))
    starts = [0, *(n + 1 for n, (a, b) in enumerate(pairwise(rows)) if _apart(page.text, words[a], words[b]))]
    for first, after in pairwise([*starts, len(rows)]):
        piece = rows[first:after]
        if piece:
            start, end = int(words[piece[0], 0]), int(words[piece[-1], 1])
            middle = float(middles[piece].mean()) * page.height
            at_head = middle < page.height / 2
            y = middle if at_head else middle - page.height
            said = " ".join(page.text[start:end].split())
            yield MarginLine(index, start, end, said, y, at_head, page.state == "ocr")


def _apart(text: str, one: np.ndarray, other: np.ndarray) -> bool:
    """Whether the second word does not follow the first on its line."""
    # The higher of the two: a dash has hardly any height.
    height = max(float(one[5] - one[3]), float(other[5] - other[3]), 1.0)
    if abs(float(one[3] + one[5] - other[3] - other[5])) > height or other[2] - one[4] > GAP_HEIGHTS * height:
        return True
    between = text[int(one[1]) : int(other[0])]
    return bool(between.strip()) or "\n" in between


def _by_order(index: int, page: PageRead) -> Iterator[MarginLine]:
    places, at = [], 0
    for line in page.text.split("\n"):
        if line.strip():
            start = at + len(line) - len(line.lstrip())
            places.append((start, start + len(line.strip())))
        at += len(line) + 1
    # A page of a few lines is all margin.
    if len(places) <= 2 * LINES:
        return
    marked = [(m.start, m.end) for m in page.marks if m.kind in ("margin_number", "header", "footer")]
    for place in (*range(LINES), *range(-LINES, 0)):
        start, end = places[place]
        if not any(a < end and start < b for a, b in marked):
            yield MarginLine(index, start, end, " ".join(page.text[start:end].split()), LINE_PT * place, place >= 0)
