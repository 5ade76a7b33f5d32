"""Numbered lines of transcripts and pleading paper, so that “14:3–7” leads somewhere.

1   Q. Where were you?      margin_number “1”, line “1” over “Q. Where were you?”
2   A. In the yard.
"""

import re

import numpy as np

from extraction.readers.base import Mark

# Transcripts have 25 lines a page, pleading paper 28, some forms up to 32; fewer than ten are a list.
FEWEST, MOST = 10, 40
_NUMBERED = re.compile(r"^[ \t]*(\d{1,2})(?:[ \t]+(\S[^\n]*))?[ \t]*$", re.MULTILINE)
_NUMBER = re.compile(r"\d{1,2}")
# Numbers of one column start within so many points of each other (9 and 10 are aligned right).
COLUMN_PT = 14.0


def find(text: str, words: np.ndarray) -> list[Mark]:
    """Marks of a page's line numbers and numbered lines; none if its lines are not numbered 1, 2, 3 …

    `words`: rows (start, end, x0, y0, x1, y1); without geometry the text alone decides.
    """
    return _by_place(text, words) if len(words) else _by_text(text)


def _by_text(text: str) -> list[Mark]:
    found = [(int(m[1]), m) for m in _NUMBERED.finditer(text)]
    run = _counting([number for number, _ in found])
    marks: list[Mark] = []
    for index in run:
        number, match = found[index]
        marks.append(Mark("margin_number", *match.span(1)))
        if match[2]:
            marks.append(Mark("line", match.start(2), match.start(2) + len(match[2].rstrip()), str(number)))
    return marks


def _by_place(text: str, words: np.ndarray) -> list[Mark]:
    numbers = _column_of_numbers(text, words)
    if not numbers:
        return []
    middles = (words[:, 3] + words[:, 5]) / 2
    of_numbers = middles[numbers]
    pitch = float(np.median(np.diff(of_numbers)))
    near = np.abs(middles - of_numbers[:, None]) < pitch * 0.45
    near &= words[:, 2] > words[numbers, 2][:, None]
    near[:, numbers] = False
    lengths = words[:, 1] - words[:, 0] + 1
    marks: list[Mark] = []
    for count, row in enumerate(numbers, 1):
        marks.append(Mark("margin_number", int(words[row, 0]), int(words[row, 1])))
        beside = np.flatnonzero(near[count - 1])
        if len(beside):
            start, end = int(words[beside, 0].min()), int(words[beside, 1].max())
            # Words of one line that stand apart in the text (a second column) would claim what lies between.
            if end - start <= 2 * lengths[beside].sum():
                marks.append(Mark("line", start, end, str(count)))
    return sorted(marks, key=lambda m: (m.start, m.end))


def _column_of_numbers(text: str, words: np.ndarray) -> list[int]:
    """Rows of the words 1, 2, 3 … that stand one below the other left of everything else; empty if there are none."""
    edge = float(np.percentile(words[:, 2], 10)) + COLUMN_PT * 2
    candidates = [
        row
        for row in np.flatnonzero(words[:, 2] < edge).tolist()
        if _NUMBER.fullmatch(text[int(words[row, 0]) : int(words[row, 1])])
    ]
    candidates.sort(key=lambda row: float(words[row, 3]))
    values = [int(text[int(words[row, 0]) : int(words[row, 1])]) for row in candidates]
    run = [candidates[index] for index in _counting(values)]
    if not run or np.ptp(words[run, 4]) > COLUMN_PT:
        return []
    steps = np.diff((words[run, 3] + words[run, 5]) / 2)
    even = len(steps) and steps.min() > 0 and steps.max() < 3 * np.median(steps)
    return run if even else []


def _counting(values: list[int]) -> list[int]:
    """Indices of the longest run 1, 2, 3 … in the values, in order; empty if it is shorter than a page's worth."""
    indices: list[int] = []
    for index, value in enumerate(values):
        if value == len(indices) + 1:
            indices.append(index)
    return indices if FEWEST <= len(indices) <= MOST else []
