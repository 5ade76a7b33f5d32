"""A phrase that begins in one chunk and ends in the next: what reads on is one text, wherever it was cut.

Of two parts that meet somewhere, one holds at least half of the phrase: so the index is asked for both halves, and
only what is around these is read.
"""

from django.db import connection

from search.lanes import Hit
from search.lanes.tsqueries import in_a_row, vector
from search.query import Query
from search.scope import Scope

# Halves of long phrases are rare; one that stands everywhere, such as a frequent word, is not looked up to the end.
MOST_HALVES = 2_000

SQL = """
WITH asked AS MATERIALIZED (
  SELECT {first} AS first, {last} AS last, {whole} AS whole, {end} AS ending, {start} AS start
),
pairs AS MATERIALIZED (
  (SELECT c.document_id, c.version, c.ordinal FROM documents_chunk c, asked a
   WHERE {scope} AND c.tsv @@ a.first LIMIT %s)
  UNION
  (SELECT c.document_id, c.version, c.ordinal - 1 FROM documents_chunk c, asked a
   WHERE {scope} AND c.tsv @@ a.last LIMIT %s)
)
SELECT c.id, 0.0::float, c.document_id, c.ordinal
FROM pairs p
JOIN documents_chunk c ON c.document_id = p.document_id AND c.version = p.version AND c.ordinal = p.ordinal
JOIN documents_chunk following ON following.document_id = p.document_id AND following.version = p.version
  AND following.ordinal = p.ordinal + 1
CROSS JOIN asked a
WHERE (c.tsv @@ a.start OR numnode(a.start) = 0) AND (following.tsv @@ a.ending OR numnode(a.ending) = 0)
  AND {both} @@ a.whole
ORDER BY c.document_id, c.ordinal LIMIT %s
"""
_TEXT = "coalesce(nullif({0}.searchable, ''), {0}.body)"


def phrase_over_border(query: Query, scope: Scope, limit: int) -> list[Hit]:
    """The chunks in which the question's one quoted phrase begins, if it ends in the next one."""
    (phrase,) = query.phrases
    words = phrase.split()
    if len(words) < 2:
        return []
    middle = (len(words) + 1) // 2
    texts = " ".join(words[:middle]), " ".join(words[middle - 1 :]), phrase, words[-1], words[0]
    where, params = scope.where("c")
    places = dict.fromkeys(("first", "last", "whole", "end", "start"), in_a_row("%s"))
    both = vector(f"{_TEXT.format('c')} || ' ' || {_TEXT.format('following')}")
    sql = SQL.format(**places, scope=where, both=both)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*texts, *params, MOST_HALVES, *params, MOST_HALVES, limit])
        return [Hit(*row) for row in cursor.fetchall()]
