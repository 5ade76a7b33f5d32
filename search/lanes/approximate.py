"""The typo lane: chunks that read nearly like the whole question.

Comparing three-letter pieces with a whole case takes 100–200 ms per 8,000 chunks. So first only the best of the
word lane are compared: a fragment with two typos still shares most of its words with its chunk. Only where none of
them is like it, and the question holds a word that does not occur, those that share most of its words are, if the
scope is not too large: of boilerplate, what is misspelled may be all that tells one passage from another.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from search.lanes import Hit
from search.lanes.trigrams import available
from search.lanes.tsqueries import QUOTED, vector
from search.query import Query
from search.scope import Scope
from search.scope_size import chunks_in
from search.vocabulary import unknown

# Below this the likeness is that of a question to its topic, not of a quotation to its source.
LIKE = 0.6
# Nothing else is as like a quotation with a typo or two; then nobody looks further.
SURELY = 0.85
FEWEST_WORDS = 3
# More are compared for a quotation of at least so many words, in a scope of at most so many chunks: this many, which
# takes less than 50 ms. Comparing all of 6,000 took half a second and found no more.
FEWEST_QUOTED, MOST_CHUNKS, MOST_COMPARED = 5, 50_000, 500
# Of the word lane's best, so many where every word occurs: a quotation with a wrong word is among the first of them.
BEST_COMPARED = 20

# Case, punctuation and line breaks make no difference to three-letter pieces.
LIKENESS = """
SELECT id, likeness, document_id, ordinal FROM (
  SELECT c.id, c.document_id, c.ordinal,
    word_similarity(%s, coalesce(nullif(c.searchable, ''), c.body)) AS likeness
  FROM documents_chunk c WHERE {where}
) compared WHERE likeness >= %s ORDER BY likeness DESC, document_id, ordinal LIMIT %s
"""


# Those that hold most of the question's words, each counted once.
SHARING = """
WITH asked AS MATERIALIZED (SELECT {quoted}::tsquery AS word FROM unnest({read})),
any_word AS MATERIALIZED (SELECT string_agg(word::text, ' | ')::tsquery AS words FROM asked)
SELECT c.id FROM documents_chunk c, any_word a WHERE {scope} AND c.tsv @@ a.words
ORDER BY (SELECT count(*) FROM asked WHERE c.tsv @@ asked.word) DESC, c.id LIMIT %s
"""


def approximate(query: Query, scope: Scope, limit: int, *, among: Sequence[Hit] = ()) -> list[Hit]:
    """The chunks that nearly quote the question, by likeness 0–1; `among` are the word lane's, best first."""
    if len(query.text.split()) < FEWEST_WORDS or not available():
        return []
    misspelled = bool(unknown(query.text.split(), scope))
    if not misspelled and not _is_quotation(query):
        return []
    compared = [hit.chunk_id for hit in (among if misspelled else among[:BEST_COMPARED])]
    near = _compare(query, "c.id = ANY(%s)", [compared], limit) if compared else []
    if (near and near[0].score >= SURELY) or not misspelled or not _is_quotation(query):
        return near
    if chunks_in(scope) > MOST_CHUNKS:
        return near
    more = set(_sharing(query, scope)) - set(compared)
    found = [*near, *(_compare(query, "c.id = ANY(%s)", [sorted(more)], limit) if more else [])]
    return sorted(found, key=lambda hit: (-hit.score, hit.document_id, hit.ordinal))[:limit]


def _sharing(query: Query, scope: Scope) -> list[int]:
    where, params = scope.where("c")
    sql = SHARING.format(read=vector("%s"), quoted=QUOTED, scope=where)
    with connection.cursor() as cursor:
        cursor.execute(sql, [query.text, *params, MOST_COMPARED])
        return [pk for (pk,) in cursor.fetchall()]


def _compare(query: Query, where: str, params: list[Any], limit: int) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(LIKENESS.format(where=where), [query.text, *params, LIKE, limit])
        return [Hit(pk, likeness, document, ordinal) for pk, likeness, document, ordinal in cursor.fetchall()]


def _is_quotation(query: Query) -> bool:
    return len(query.text.split()) >= FEWEST_QUOTED and not query.raw.endswith("?")
