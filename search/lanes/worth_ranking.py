"""Which passages of a large scope are worth ranking, where those with any of the words are too many.

What counts is the sum of the words' idf, so passages that hold only frequent words are far down anyway:

    crane | insur & charter | insur & agreement & vessel | …        found by the index, which needs no passage for it

A rare word is always worth it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log

from search.lanes.word_sample import WordSample

# Passages worth ranking are about so many. Reading one costs 5 to 20 µs; among a million, the ten best were the same
# with 5,000, 10,000 and 20,000.
ENOUGH = 5_000
# Beside those that the sample does not hold, the rarest so many decide what is ranked; the others only add to its rank.
DECIDING = 8
# A choice that rests on fewer passages of the sample is chance.
FEWEST_SAMPLED = 5


@dataclass(frozen=True)
class Word:
    """`query`: as a tsquery; `df`: in how many passages of the scope, about; `worth`: what a passage gains by it, more
    than by all others if the sample does not hold it."""

    query: str
    weight: float
    df: float = 0.0
    worth: float = inf


@dataclass(frozen=True)
class Wanted:
    """A tsquery, and what the words of each passage that it finds are worth together at least."""

    query: str
    least: float = 0.0


def weighed(words: Sequence[Word], sample: WordSample, size: int) -> list[Word]:
    """The words with what a sample of a scope of `size` passages says of them."""
    found = []
    for number, word in enumerate(words):
        count = sample.count(number)
        df = size * count / sample.size if count else 0.0
        worth = word.weight * log(1 + (max(size - df, 0) + 0.5) / (df + 0.5)) if count else inf
        found.append(Word(word.query, word.weight, df, worth))
    return found


def worth_ranking(words: Sequence[Word], sample: WordSample, size: int) -> Wanted:
    """The passages that hold words of enough worth, so that they are about ENOUGH; those with any of the words where
    they are not more than that."""
    numbered = sorted(enumerate(words), key=lambda item: -item[1].worth)
    numbered = numbered[: DECIDING + sum(word.worth == inf for word in words)]
    reached: dict[float, int] = {}
    for mask, count in sample.masks.items():
        total = sum(word.worth for number, word in numbered if mask >> number & 1)
        if 0 < total < inf:
            reached[total] = reached.get(total, 0) + count
    share, so_many, least = size / max(sample.size, 1), 0, inf
    for total in sorted(reached, reverse=True):
        if so_many >= FEWEST_SAMPLED and (so_many + reached[total]) * share > ENOUGH:
            return Wanted(_reaching([word for _, word in numbered], least), least)
        so_many, least = so_many + reached[total], total
    return any_of(words)


def any_of(words: Sequence[Word]) -> Wanted:
    """The passages with any of the words."""
    return Wanted(" | ".join(word.query for word in words))


def _reaching(words: Sequence[Word], least: float) -> str:
    """Passages whose words are worth `least` together; words by descending worth. Rounding must lose none."""
    if not words or sum(word.worth for word in words) < least - 1e-9:
        return ""
    first, rest = words[0], words[1:]
    if first.worth >= least - 1e-9:
        alone, without = first.query, _reaching(rest, least)
    else:
        beside = _reaching(rest, least - first.worth)
        alone, without = f"{first.query} & ({beside})" if beside else "", _reaching(rest, least)
    return " | ".join(part for part in (alone, without) if part)
