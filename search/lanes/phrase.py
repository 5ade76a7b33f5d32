"""The phrase lane: chunks with the question's exact words in their order. In quotation marks, or as a whole."""

from django.db import connection

from search.lanes import Hit
from search.lanes.tsqueries import exactly
from search.query import Query
from search.scope import Scope

# The index compares stems and skips common words; the outer query puts those first in which the words stand letter by
# letter, whatever punctuation and line breaks are between them, and before these those that are as typed.
SQL = r"""
WITH question AS MATERIALIZED (SELECT {exactly} AS words),
near AS MATERIALIZED (
  SELECT c.id, c.document_id, c.ordinal, coalesce(nullif(c.searchable, ''), c.body) AS body,
         ts_rank(c.tsv, q.words) AS rank
  FROM documents_chunk c, question q
  WHERE {scope} AND c.tsv @@ q.words
  ORDER BY rank DESC, c.document_id, c.ordinal LIMIT %s
)
SELECT id, rank + (SELECT count(*) FROM unnest(%s::text[]) verbatim WHERE strpos(
         regexp_replace(lower(body), '[^[:alnum:]]+', ' ', 'g'),
         regexp_replace(lower(verbatim), '[^[:alnum:]]+', ' ', 'g')) > 0)
       + (SELECT count(*) FROM unnest(%s::text[]) typed
          WHERE strpos(regexp_replace(body, '\s+', ' ', 'g'), typed) > 0) AS score,
       document_id, ordinal
FROM near ORDER BY score DESC, document_id, ordinal
"""


def phrase(query: Query, scope: Scope, limit: int) -> list[Hit]:
    """Chunks that hold every quoted phrase or, without quotation marks, the whole question."""
    if not query.text:
        return []
    words, words_params = exactly(query)
    where, where_params = scope.where("c")
    sql = SQL.format(exactly=words, scope=where)
    as_typed = query.raw if query.tree is None else query.text
    verbatim, typed = list(query.phrases) or [query.text], list(query.phrases) or [as_typed]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*words_params, *where_params, limit, verbatim, typed])
        return [Hit(*row) for row in cursor.fetchall()]
