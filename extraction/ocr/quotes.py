"""Curved or straight quotation marks: decided for a page as a whole.

The recogniser tells them apart badly letter by letter (a curved mark often comes as a straight one), but its second
thoughts do: on curved ones it gives the curved form a chance even where the straight form wins. A page has one style.
"""

from collections.abc import Sequence

import numpy as np

from extraction.ocr.ctc import Letter
from extraction.ocr.text_recognition import QUOTES, ReadLine

# The share of the curved forms, meant over a page's quotation marks, from which they are curved. Measured at 9 to 14
# points, clean and noisy: straight ones have .003 at most, curved ones .16 and more; in Courier, where the two look
# alike, curved ones have .003 to .007 and are taken for straight.
CURVED = 0.02
_DOUBLE, _SINGLE = (0, 1, 2), (3, 4, 5)


def settle(lines: Sequence[ReadLine]) -> list[str]:
    """The lines' texts, their quotation marks in the page's style; as many letters as before."""
    curved, marks = 0.0, 0
    for line in lines:
        for letter, chances in zip(line.letters, line.quotes, strict=True):
            if letter.text in QUOTES:
                straight, opening, closing = chances[list(_forms(letter.text))]
                curved += (opening + closing) / max(float(straight + opening + closing), 1e-9)
                marks += 1
    if not marks:
        return [line.text for line in lines]
    bent = curved / marks >= CURVED
    return ["".join(_mark(a, c, bent) for a, c in zip(line.letters, line.quotes, strict=True)) for line in lines]


def _forms(mark: str) -> tuple[int, int, int]:
    return _DOUBLE if QUOTES.index(mark) < 3 else _SINGLE


def _mark(letter: Letter, chances: np.ndarray, bent: bool) -> str:
    text = letter.text
    if text not in QUOTES:
        return text
    straight, opening, closing = _forms(text)
    if not bent:
        return QUOTES[straight]
    return QUOTES[opening if chances[opening] > chances[closing] else closing]
