"""Words in reading order: lines, columns, paragraphs.

The engine gives pieces of lines, each parted from the next by a wide gap. A gutter with prose on both sides makes two
columns; a piece that crosses it (a heading, a footnote) ends the band above:

    ───────────────  heading          1
    ───────  ───────                  2  5
    ───────  ───────                  3  6
    ───────  ───────                  4  7
    ───────────────  heading          8

Cells of a table and the two sides of a caption are no prose: they are read row by row. What runs up or down the margin
comes last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from extraction.ocr.base import OcrWord

# A column has at least so many lines, which fill so much of its width, and it is no less than so much of the page.
COLUMN_LINES, COLUMN_FILL, COLUMN_SHARE = 5, 0.6, 0.15
# Words further apart than this many line heights are two pieces.
GAP_HEIGHTS = 1.0
# A gutter is wider than this many line heights; so many are tried.
GUTTER_HEIGHTS, MAX_GUTTERS = 0.7, 8
# Lines of two sides are the same line if their middles are this many line heights apart.
ALIGNED_HEIGHTS = 0.25
# Lines further apart than this many usual line distances begin a paragraph.
PARAGRAPH = 1.45
MAX_DEPTH = 4


@dataclass(frozen=True)
class Piece:
    """Words that stand side by side, and the rectangle around them."""

    words: tuple[OcrWord, ...]
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def height(self) -> float:
        return self.y1 - self.y0


Row = list[Piece]


@dataclass(frozen=True)
class Arranged:
    """`text`: lines ended by a newline, paragraphs by two. `spans`: start and end of each of `words` in it."""

    text: str
    words: tuple[OcrWord, ...]
    spans: np.ndarray


def arrange(words: Sequence[OcrWord]) -> Arranged:
    """The words as they are read."""
    parts: list[str] = []
    placed: list[OcrWord] = []
    spans: list[tuple[int, int]] = []
    at = 0
    standing = _standing(words)
    for paragraph in [*_paragraphs(_pieces(words, standing, False)), *_paragraphs(_pieces(words, standing, True))]:
        for row in paragraph:
            for piece in row:
                for word in piece.words:
                    placed.append(word)
                    spans.append((at, at + len(word.text)))
                    parts += [word.text, " "]
                    at += len(word.text) + 1
            parts[-1] = "\n"
        parts.append("\n")
        at += 1
    return Arranged("".join(parts).rstrip("\n"), tuple(placed), np.array(spans, dtype=int).reshape(-1, 2))


def _standing(words: Sequence[OcrWord]) -> set[int]:
    """Numbers of the lines that run up or down: most of their letters are in words that are higher than wide."""
    letters: dict[int, list[int]] = {}
    for word in words:
        upright = len(word.text) > 2 and word.y1 - word.y0 > 1.5 * (word.x1 - word.x0)
        counts = letters.setdefault(word.line, [0, 0])
        counts[0] += len(word.text)
        counts[1] += len(word.text) if upright else 0
    return {line for line, (whole, upright) in letters.items() if 2 * upright > whole}


def _pieces(words: Sequence[OcrWord], standing: set[int], wanted: bool) -> list[Piece]:
    lines: dict[int, list[OcrWord]] = {}
    for word in words:
        if (word.line in standing) == wanted:
            lines.setdefault(word.line, []).append(word)
    if wanted:
        return [_piece(line) for line in lines.values()]
    pieces = []
    for line in lines.values():
        start = 0
        for end in range(1, len(line) + 1):
            if end == len(line) or line[end].x0 - line[end - 1].x1 > GAP_HEIGHTS * (line[end].y1 - line[end].y0):
                pieces.append(_piece(line[start:end]))
                start = end
    return pieces


def _piece(words: list[OcrWord]) -> Piece:
    x0, y0 = min(w.x0 for w in words), float(np.median([w.y0 for w in words]))
    return Piece(tuple(words), x0, y0, max(w.x1 for w in words), float(np.median([w.y1 for w in words])))


def _paragraphs(pieces: list[Piece]) -> list[list[Row]]:
    found: list[list[Row]] = []
    for region in _regions(pieces, MAX_DEPTH):
        rows = _rows(region)
        tops = [min(p.middle for p in row) for row in rows]
        steps = [below - above for above, below in pairwise(tops)]
        usual = float(np.median(steps)) if steps else 0.0
        paragraph = [rows[0]]
        for step, row in zip(steps, rows[1:], strict=True):
            if step > PARAGRAPH * usual and step > 1.6 * min(p.height for p in row):
                found.append(paragraph)
                paragraph = []
            paragraph.append(row)
        found.append(paragraph)
    return found


def _rows(pieces: list[Piece]) -> list[Row]:
    """Pieces that stand on one line, from left to right; the lines from the top."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda p: p.middle):
        if rows and _beside(piece, rows[-1]):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.x0) for row in rows]


def _beside(piece: Piece, row: Row) -> bool:
    distance = abs(float(np.mean([p.middle for p in row])) - piece.middle)
    return distance < 0.5 * min(piece.height, *(p.height for p in row))


def _regions(pieces: list[Piece], depth: int) -> list[list[Piece]]:
    """The pieces in parts to be read one after the other, each row by row."""
    best = max((_banded(pieces, gutter) for gutter in _gutters(pieces)), key=_in_columns, default=[]) if depth else []
    if not _in_columns(best):
        return [pieces] if pieces else []
    regions: list[list[Piece]] = []
    plain: list[Piece] = []
    for band in best:
        if len(band) == 1:
            plain += band[0]
            continue
        regions += [plain] if plain else []
        plain = []
        for side in band:
            regions += _regions(side, depth - 1)
    return regions + ([plain] if plain else [])


def _in_columns(bands: list[list[list[Piece]]]) -> int:
    return sum(len(side) for band in bands if len(band) == 2 for side in band)


def _banded(pieces: list[Piece], gutter: float) -> list[list[list[Piece]]]:
    """From the top: bands of two columns, and what lies between: pieces that cross, and bands that are no columns."""
    width = max(p.x1 for p in pieces) - min(p.x0 for p in pieces)
    bands: list[list[list[Piece]]] = []
    band: list[Piece] = []
    for piece in [*sorted(pieces, key=lambda p: p.middle), None]:
        if piece is not None and not piece.x0 < gutter < piece.x1:
            band.append(piece)
            continue
        if band:
            sides = [p for p in band if p.x1 <= gutter], [p for p in band if p.x0 >= gutter]
            bands.append([*sides] if _are_columns(*sides, width) else [band])
            band = []
        if piece is not None:
            bands.append([[piece]])
    return bands


def _gutters(pieces: list[Piece]) -> list[float]:
    """Where upright bands lie that fewer pieces cross than lie beside them, the least crossed and widest first."""
    if len(pieces) < 2 * COLUMN_LINES:
        return []
    left, right = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    height = float(np.median([p.height for p in pieces]))
    step = max(height / 8, (right - left) / 2000, 1e-6)
    crossed = np.zeros(int((right - left) / step) + 2, dtype=int)
    for piece in pieces:
        crossed[int((piece.x0 - left) / step) : int((piece.x1 - left) / step) + 1] += 1
    edges = [0, *(np.flatnonzero(np.diff(crossed)) + 1).tolist(), len(crossed)]
    counts = [int(crossed[edge]) for edge in edges[:-1]]
    slack, valleys = 1 + len(pieces) // 30, []
    for run in range(1, len(counts) - 1):
        if not counts[run - 1] > counts[run] < counts[run + 1]:
            continue
        # A few lines that end inside a gutter do not make it narrower.
        first, last = run, run
        while first > 0 and counts[first - 1] <= counts[run] + slack:
            first -= 1
        while last < len(counts) - 1 and counts[last + 1] <= counts[run] + slack:
            last += 1
        if (edges[last + 1] - edges[first]) * step >= GUTTER_HEIGHTS * height:
            valleys.append((counts[run], edges[run] - edges[run + 1], left + (edges[run] + edges[run + 1]) / 2 * step))
    return [float(middle) for _, _, middle in sorted(valleys)[:MAX_GUTTERS]]


def _are_columns(left: list[Piece], right: list[Piece], width: float) -> bool:
    """Whether two sides are read one after the other: both are prose, or their lines do not stand beside each other."""
    spans, prose = [], True
    for side in (left, right):
        if len(side) < COLUMN_LINES or len(_rows(side)) < COLUMN_LINES:
            return False
        wide = max(p.x1 for p in side) - min(p.x0 for p in side)
        if wide < COLUMN_SHARE * width:
            return False
        lengths = sorted(p.x1 - p.x0 for p in side)
        prose = prose and lengths[len(lengths) // 2] >= COLUMN_FILL * wide
        spans.append((min(p.y0 for p in side), max(p.y1 for p in side)))
    (a, b), (c, d) = spans
    top, bottom = max(a, c), min(b, d)
    beside = [sum(top <= p.middle <= bottom for p in side) for side in (left, right)]
    return min(beside) >= COLUMN_LINES / 2 and (prose or not _aligned(left, right))


def _aligned(left: list[Piece], right: list[Piece]) -> bool:
    """Whether most lines of the side with fewer have a line of the other beside them."""
    few, many = sorted((_rows(left), _rows(right)), key=len)
    places = np.array([row[0].middle for row in many])
    beside = sum(bool((np.abs(places - row[0].middle) < ALIGNED_HEIGHTS * row[0].height).any()) for row in few)
    return 2 * beside > len(few)
