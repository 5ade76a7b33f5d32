"""A line's letters as words with boxes on the page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from extraction.ocr.base import OcrWord
from extraction.ocr.ctc import Letter
from extraction.ocr.text_detection import LineBox
from extraction.ocr.text_recognition import ReadLine

# The detector's rectangle is taller than the letters by this share of it, above and below.
LOOSE = 0.14
# In a line's picture: what is ink at all, what is ink of a letter, and how far from its middle a
# letter or a sign reaches.
SPECK_PX, LETTER_PX, LETTER_REACH_PX, SIGN_REACH_PX = 2, 6, 28, 12
MOSTLY = 0.75
_WORD = re.compile(r"[^ ]+")


@dataclass(frozen=True)
class CutLine:
    """A line's box, its pixels laid level, and what was read there."""

    box: LineBox
    picture: np.ndarray
    read: ReadLine


def of_line(cut: CutLine, text: str, line: int) -> list[OcrWord]:
    """Words of a read line; `text` has a character per letter of it. Edges are moved to where the ink is."""
    letters = cut.read.letters
    middles = np.array([letter.step for letter in letters])
    spans = _spans(text)
    inked, sureness = _inked(cut.picture, SPECK_PX), _covered(cut.picture, letters)
    found = []
    between = [_gap(inked, middles[end - 1], middles[start]) for (_, end), (start, _) in pairwise(spans)]
    edges = [0.0, *between, float(cut.picture.shape[1])]
    for (start, end), (left, right) in zip(spans, pairwise(edges), strict=True):
        columns = np.flatnonzero(inked[int(left) : int(np.ceil(right))])
        if len(columns):
            left, right = int(left) + float(columns[0]), int(left) + float(columns[-1]) + 1
        confidence = sureness * float(np.mean([letter.confidence for letter in letters[start:end]]))
        found.append(OcrWord(text[start:end], confidence, *_placed(cut, left, right), line))
    return found


def _spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _WORD.finditer(text)]


def _gap(inked: np.ndarray, left: float, right: float) -> float:
    """The middle of the widest stretch without ink between two letters' middles, which may be of any width."""
    framed = np.concatenate([[True], inked[int(left) : int(right) + 1], [True]])
    starts, ends = (
        np.flatnonzero(np.diff(framed.astype(np.int8)) < 0),
        np.flatnonzero(np.diff(framed.astype(np.int8)) > 0),
    )
    if not len(starts):
        return (left + right) / 2
    widest = int((ends - starts).argmax())
    return int(left) + (float(starts[widest]) + float(ends[widest])) / 2


def _covered(picture: np.ndarray, letters: Sequence[Letter]) -> float:
    """How much of what looks like letters was read as any: what the network has no letters for it passes over.

    1 from MOSTLY on; dots, dashes and rules are lower than letters and do not count.
    """
    inked = _inked(picture, LETTER_PX)
    if not inked.any():
        return 1.0
    read = np.zeros(len(inked) + 1, dtype=int)
    for letter in letters:
        reach = LETTER_REACH_PX if letter.text.isalnum() else SIGN_REACH_PX
        read[max(0, int(letter.step) - reach)] += 1
        read[min(len(inked), int(letter.step) + reach)] -= 1
    share = float((inked & (np.cumsum(read)[:-1] > 0)).sum() / inked.sum())
    return 1.0 if share >= MOSTLY else share


def _inked(picture: np.ndarray, least: int) -> np.ndarray:
    """Which columns have at least so many pixels that differ from the paper by half of what the darkest do."""
    inner = picture[6:-6].astype(np.int16)
    paper = np.median(inner)
    low, high = np.percentile(inner, 1), np.percentile(inner, 99)
    dark = inner < (low + paper) / 2 if paper - low >= high - paper else inner > (high + paper) / 2
    return dark.sum(axis=0) >= least


def _placed(cut: CutLine, left: float, right: float) -> tuple[float, float, float, float]:
    """The upright rectangle, in the page's pixels, around [left, right) of the line's picture."""
    box = cut.box
    scale = box.length / cut.picture.shape[1]
    along = np.array([left, right, right, left]) * scale - box.length / 2
    half = box.height * (0.5 - LOOSE)
    across = np.array([-half, -half, half, half])
    cos, sin = np.cos(box.angle), np.sin(box.angle)
    x, y = box.x + along * cos - across * sin, box.y + along * sin + across * cos
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())
