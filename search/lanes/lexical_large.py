"""The word lane where a scope is so large that not every passage with any of the words can be ranked.

What counts is the sum of the words' idf, so passages that hold only frequent words are far down anyway:

words ─▶ how often, alone and together (word_sample.py) ─▶ which of them are worth ranking ─▶ Σ idf × ts_rank

    crane | insur & charter | insur & agreement & vessel | …        found by the index, which needs no passage for it

A rare word is always worth it. Where that gives too few, every passage with any of the words is ranked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log

from django.db import connection

from search.lanes import Hit
from search.lanes.tsqueries import QUOTED, vector
from search.lanes.word_sample import WordSample, word_sample
from search.scope import Scope

# Passages worth ranking are about so many. Reading one costs 5 to 20 µs; among a million, the ten best were the same
# with 5,000, 10,000 and 20,000.
ENOUGH = 5_000
# Of a question of nothing but very frequent words, so many are ranked and no more.
MOST_RANKED = 60_000
# The rarest so many decide what is ranked; the others only add to its rank.
DECIDING, MOST_WORDS = 8, 60
# A choice that rests on fewer passages of the sample is chance.
FEWEST_SAMPLED = 5

NOT_ALL = "The words of this question stand in so many passages that not all of them were compared."

WORDS = """
WITH asked AS MATERIALIZED (SELECT lexeme FROM unnest({read}))
SELECT {quoted}, true FROM asked
UNION ALL SELECT {quoted}, false FROM unnest({read}) WHERE lexeme NOT IN (SELECT lexeme FROM asked)
"""
RANKED = """
WITH found AS MATERIALIZED (
  SELECT c.id, c.document_id, c.ordinal, {ranks} FROM documents_chunk c
  WHERE {scope} AND c.tsv @@ %s::tsquery LIMIT {most}
)
SELECT f.id, {score} AS score, f.document_id, f.ordinal, {complete}, n.found
FROM found f, (SELECT count(*) AS found, {counts} FROM found) n
ORDER BY score DESC, f.document_id, f.ordinal LIMIT %s
"""
IDF = "ln(1 + (greatest({size} - {df}, 0) + 0.5) / ({df} + 0.5))"


@dataclass(frozen=True)
class Word:
    """`query`: as a tsquery; `df`: in how many passages of the scope, about; `worth`: what a passage gains by it, more
    than by all others if the sample does not hold it."""

    query: str
    weight: float
    df: float
    worth: float


@dataclass(frozen=True)
class Wanted:
    """A tsquery, and what the words of each passage that it finds are worth together at least."""

    query: str
    least: float


def lexical_large(
    text: str, other_words: str, other_weight: float, scope: Scope, size: int, limit: int, say: Callable[[str], None]
) -> list[Hit]:
    """Chunks of a scope of `size`, as the word lane ranks them; three SQL queries. `say` is told where some that
    hold the words were not compared."""
    asked = _words(text, other_words, other_weight)
    if not asked:
        return []
    sample = word_sample([query for query, _ in asked], scope, size)
    words = [_weighed(n, query, weight, sample, size) for n, (query, weight) in enumerate(asked)]
    wanted = worth_ranking(words, sample, size)
    hits, found = _ranked(words, wanted, scope, size, limit)
    if len(hits) < limit and wanted.least:
        hits, found = _ranked(words, _any_of(words), scope, size, limit)
    if found >= MOST_RANKED:
        say(NOT_ALL)
    return hits


def worth_ranking(words: Sequence[Word], sample: WordSample, size: int) -> Wanted:
    """The passages that hold words of enough worth, so that they are about ENOUGH; those with any of the words where
    they are not more than that."""
    numbered = sorted(enumerate(words), key=lambda item: -item[1].worth)[:DECIDING]
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
    return _any_of(words)


def _any_of(words: Sequence[Word]) -> Wanted:
    return Wanted(" | ".join(word.query for word in words), 0)


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


def _words(text: str, other_words: str, other_weight: float) -> list[tuple[str, float]]:
    with connection.cursor() as cursor:
        cursor.execute(WORDS.format(read=vector("%s"), quoted=QUOTED), [text, other_words])
        found = [(query, 1.0 if own else other_weight) for query, own in cursor.fetchall()]
    return sorted(found, key=lambda item: -item[1])[:MOST_WORDS]


def _weighed(number: int, query: str, weight: float, sample: WordSample, size: int) -> Word:
    count = sample.count(number)
    if not count:
        return Word(query, weight, 0, inf)
    df = size * count / sample.size
    return Word(query, weight, df, weight * log(1 + (max(size - df, 0) + 0.5) / (df + 0.5)))


def _ranked(words: Sequence[Word], wanted: Wanted, scope: Scope, size: int, limit: int) -> tuple[list[Hit], int]:
    """The best of the passages that are wanted, and how many there were."""
    ranks, counts, score, complete = [], [], [], []
    for number, word in enumerate(words):
        ranks.append(f"ts_rank(c.tsv, %s::tsquery) AS r{number}")
        counts.append(f"count(*) FILTER (WHERE r{number} > 0)::float AS df{number}")
        # All passages with the word are found, or only those that hold others beside it.
        df = f"n.df{number}" if word.worth >= wanted.least else repr(word.df)
        score.append(f"{word.weight} * f.r{number} * {IDF.format(size=float(size), df=df)}")
        if word.weight == 1:
            complete.append(f"f.r{number} > 0")
    where, params = scope.where("c")
    sql = RANKED.format(
        ranks=", ".join(ranks),
        counts=", ".join(counts),
        score=" + ".join(score),
        complete=" AND ".join(complete) or "false",
        scope=where,
        most=MOST_RANKED,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(word.query for word in words), *params, wanted.query, limit])
        rows = cursor.fetchall()
    return [Hit(*row[:5]) for row in rows], rows[0][5] if rows else 0
