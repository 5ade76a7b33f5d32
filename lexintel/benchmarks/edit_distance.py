"""How far a text that was read is from the text that was there."""

import unicodedata
from collections import Counter


def normalised(text: str) -> str:
    """Runs of white space as one space; ligatures and other compatibility forms taken apart; nothing else forgiven."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def distance(one: str, other: str) -> int:
    """Insertions, deletions and replacements that lead from one to the other (Levenshtein).

    All rows of a column at once, as bits of one whole number (Myers 1999, Hyyrö 2003).
    """
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for place, char in enumerate(one):
        places[char] = places.get(char, 0) | 1 << place
    last, every = 1 << len(one) - 1, (1 << len(one)) - 1
    up, down, found = every, 0, len(one)
    for char in other:
        same = places.get(char, 0)
        vertical = same | down
        diagonal = (((same & up) + up) ^ up) | same
        rising = down | (every & ~(diagonal | up))
        falling = up & diagonal
        found += bool(rising & last) - bool(falling & last)
        rising, falling = (rising << 1 | 1) & every, (falling << 1) & every
        up, down = falling | (every & ~(vertical | rising)), rising & vertical
    return found


def character_error_rate(read: str, truth: str) -> float:
    """The distance of the normalised texts, as a share of the truth's length."""
    there = normalised(truth)
    return distance(there, normalised(read)) / max(1, len(there))


def word_f1(read: str, truth: str) -> float:
    """The harmonic mean of precision and recall over words, wherever they stand."""
    found, there = Counter(normalised(read).split()), Counter(normalised(truth).split())
    right = (found & there).total()
    return 2 * right / max(1, found.total() + there.total())
