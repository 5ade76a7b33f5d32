"""A page has one style of quotation marks, whatever the recogniser thinks of each of them."""

import numpy as np
import pytest

from extraction.ocr import quotes
from extraction.ocr.ctc import Letter
from extraction.ocr.text_recognition import QUOTES, ReadLine


def line(text: str, curved: float) -> ReadLine:
    """A line as it is read, its marks taken for straight, with so little left for the curved forms."""
    chances = np.zeros((len(text), len(QUOTES)))
    for row, char in enumerate(text):
        if char in QUOTES:
            first = 0 if char == '"' else 3
            opens = row == 0 or text[row - 1] == " "
            chances[row, first] = 1 - curved
            chances[row, first + (1 if opens else 2)] = curved
    letters = tuple(Letter(char, 0.9, float(n)) for n, char in enumerate(text))
    return ReadLine(letters, 0.9, chances, np.zeros((1, 1)), 100)


@pytest.mark.parametrize(
    ("shares", "settled"),
    [
        ((0.0, 0.003), ['"so"', "it's"]),
        ((0.04, 0.03), ["“so”", "it’s"]),
        ((0.4, 0.0), ["“so”", "it’s"]),
    ],
)
def test_marks_follow_what_the_page_says_of_them_together(shares, settled):
    assert quotes.settle([line('"so"', shares[0]), line("it's", shares[1])]) == settled
