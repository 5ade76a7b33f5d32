"""The word lane: chunks with any of the words, rare words counting more.

Σ idf × ts_rank(chunk, word) equals BM25 on legal retrieval sets, while PostgreSQL's own AND query
(websearch_to_tsquery) finds nothing for 95 % of natural questions. idf is counted inside the scope: nothing has to
be refreshed, and what other cases hold cannot shine through the ranking.

Words that say what was asked for in other words (search/concepts.py) count for less than the question's own.

Up to LARGE passages of a scope, each that holds a word is ranked; beyond, see lexical_large.py.
"""

from collections.abc import Callable

from django.db import connection

from search.lanes import Hit
from search.lanes.lexical_large import lexical_large
from search.lanes.signature import Lane
from search.lanes.tsqueries import QUOTED, vector
from search.query import Query
from search.scope import Scope
from search.scope_size import chunks_in

# Measured inside contracts, nDCG@10 without and with weights .2, .35, .5, .7, 1: .53, .67, .72, .74, .74, .74.
OTHER_WORDS_WEIGHT = 0.5
LARGE = 50_000

SQL = """
WITH asked AS MATERIALIZED (SELECT lexeme FROM unnest({read})),
words AS MATERIALIZED (
  SELECT lexeme, {quoted}::tsquery AS word, 1.0::float AS weight FROM asked
  UNION ALL
  SELECT lexeme, {quoted}::tsquery, {weight} FROM unnest({read})
  WHERE lexeme NOT IN (SELECT lexeme FROM asked)
),
any_word AS MATERIALIZED (SELECT string_agg(word::text, ' | ')::tsquery AS words FROM words),
found AS MATERIALIZED (
  SELECT c.id, c.document_id, c.ordinal, c.tsv FROM documents_chunk c, any_word a
  WHERE {scope} AND c.tsv @@ a.words
),
ranked AS MATERIALIZED (
  SELECT f.id, w.lexeme, w.weight, w.weight * ts_rank(f.tsv, w.word) AS rank
  FROM found f JOIN words w ON f.tsv @@ w.word
),
weighted AS (
  SELECT id, weight, rank * ln(1 + (greatest(%s - df, 0) + 0.5) / (df + 0.5)) AS score
  FROM (SELECT id, weight, rank, count(*) OVER (PARTITION BY lexeme)::float AS df FROM ranked) r
),
scored AS (
  SELECT id, sum(score) AS score, count(*) FILTER (WHERE weight = 1) = (SELECT count(*) FROM asked) AS complete
  FROM weighted GROUP BY id
)
SELECT s.id, s.score, f.document_id, f.ordinal, s.complete
FROM scored s JOIN found f USING (id)
ORDER BY s.score DESC, f.document_id, f.ordinal LIMIT %s
"""


def lexical(query: Query, scope: Scope, limit: int) -> list[Hit]:
    """Chunks that hold at least one word of the question, by Σ idf × ts_rank."""
    return lexical_with("")(query, scope, limit)


def lexical_with(other_words: str, say: Callable[[str], None] = lambda remark: None) -> Lane:
    """The lane for a question that is also looked for in other words; `say` is told what there is to know of it."""

    def lane(query: Query, scope: Scope, limit: int) -> list[Hit]:
        if not query.text:
            return []
        size = chunks_in(scope)
        if size > LARGE:
            return lexical_large(query.text, other_words, OTHER_WORDS_WEIGHT, scope, size, limit, say)
        return _every(query.text, other_words, scope, size, limit)

    return lane


def _every(text: str, other_words: str, scope: Scope, size: int, limit: int) -> list[Hit]:
    """With every passage ranked that holds one of the words; one SQL query."""
    where, where_params = scope.where("c")
    sql = SQL.format(read=vector("%s"), quoted=QUOTED, scope=where, weight=OTHER_WORDS_WEIGHT)
    with connection.cursor() as cursor:
        cursor.execute(sql, [text, other_words, *where_params, size, limit])
        return [Hit(*row) for row in cursor.fetchall()]
