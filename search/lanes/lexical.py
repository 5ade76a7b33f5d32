"""The word lane: chunks with any of the words, rare words counting more.

Σ idf × ts_rank(chunk, word) equals BM25 on legal retrieval sets, while PostgreSQL's own AND query
(websearch_to_tsquery) finds nothing for 95 % of natural questions. idf is counted inside the scope: nothing has to
be refreshed, and what other cases hold cannot shine through the ranking.

Words that say what was asked for in other words (search/concepts.py) count for less than the question's own.

Up to LARGE passages of a scope, each that holds a word is ranked; beyond, those that are worth it (worth_ranking.py).
Where these are too few, all are ranked after all.
"""

from collections.abc import Callable, Sequence

from django.db import connection

from search.lanes import Hit
from search.lanes.signature import Lane
from search.lanes.tsqueries import QUOTED, vector
from search.lanes.word_sample import word_sample
from search.lanes.worth_ranking import Wanted, Word, any_of, weighed, worth_ranking
from search.query import Query
from search.scope import Scope
from search.scope_size import chunks_in

# Measured inside contracts, nDCG@10 without and with weights .2, .35, .5, .7, 1: .53, .67, .72, .74, .74, .74.
OTHER_WORDS_WEIGHT = 0.5
LARGE = 50_000
# Of a question of nothing but very frequent words, so many passages are ranked and no more.
MOST_RANKED = 60_000
# A pasted page has more words; the longest say most. PostgreSQL has no more than 1,664 columns.
MOST_WORDS = 400

NOT_ALL = "The words of this question stand in so many passages that not all of them were compared."

WORDS = """
WITH asked AS MATERIALIZED (SELECT lexeme FROM unnest({read}))
SELECT {quoted}, true FROM asked
UNION ALL SELECT {quoted}, false FROM unnest({read}) WHERE lexeme NOT IN (SELECT lexeme FROM asked)
"""
# Every word has a column: one look at a passage is enough, and nothing is joined or sorted but what is found.
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


def lexical(query: Query, scope: Scope, limit: int) -> list[Hit]:
    """Chunks that hold at least one word of the question, by Σ idf × ts_rank."""
    return lexical_with("")(query, scope, limit)


def lexical_with(other_words: str, say: Callable[[str], None] = lambda remark: None) -> Lane:
    """The lane for a question that is also looked for in other words; `say` is told where some passages that hold
    the words were not compared."""

    def lane(query: Query, scope: Scope, limit: int) -> list[Hit]:
        words = _words(query.text, other_words) if query.text else []
        if not words:
            return []
        size, wanted = chunks_in(scope), any_of(words)
        if size > LARGE:
            sample = word_sample([word.query for word in words], scope, size)
            words = weighed(words, sample, size)
            wanted = worth_ranking(words, sample, size)
        hits, found = _ranked(words, wanted, scope, size, limit)
        if len(hits) < limit and wanted.least:
            hits, found = _ranked(words, any_of(words), scope, size, limit)
        if found >= MOST_RANKED:
            say(NOT_ALL)
        return hits

    return lane


def _words(text: str, other_words: str) -> list[Word]:
    with connection.cursor() as cursor:
        cursor.execute(WORDS.format(read=vector("%s"), quoted=QUOTED), [text, other_words])
        words = [Word(query, 1.0 if own else OTHER_WORDS_WEIGHT) for query, own in cursor.fetchall()]
    return sorted(words, key=lambda word: (-word.weight, -len(word.query)))[:MOST_WORDS]


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
