"""The lane of questions with operators: in the documents that fulfil them, the passages that hold what was asked
for, those that hold most of it first, then by Σ idf × ts_rank as in the word lane."""

from django.db import connection

from search.conditions import Condition, found_by_index
from search.lanes import Hit
from search.language.tree import Unit

# A passage is listed for what stands in it, so more places than these would only repeat them.
MOST_PLACES = 5_000

BY_INDEX = """
SELECT {number} AS n, c.id, c.document_id, c.ordinal, ts_rank(c.tsv, {words}) AS rank
FROM documents_chunk c WHERE {found}
"""
BY_PLACE = """
SELECT DISTINCT s.n, c.id, c.document_id, c.ordinal, 1.0::real AS rank
FROM unnest(%s::int[], %s::uuid[], %s::int[], %s::int[], %s::int[]) AS s(n, document_id, page, a, b)
JOIN documents_chunk c ON c.document_id = s.document_id
  AND (c.page_from, c.char_from) < (s.page, s.b) AND (c.page_to, c.char_to) > (s.page, s.a)
WHERE {scope}
"""
SQL = """
WITH found AS MATERIALIZED ({found}),
size AS MATERIALIZED (SELECT count(*)::float AS n FROM documents_chunk c WHERE {scope}),
weighted AS (
  SELECT id, document_id, ordinal, f.n,
         rank * ln(1 + (greatest(s.n - count(*) OVER (PARTITION BY f.n), 0) + 0.5)
                       / (count(*) OVER (PARTITION BY f.n) + 0.5)) AS score
  FROM found f, size s
)
SELECT id, sum(score), document_id, ordinal, count(DISTINCT n) FROM weighted GROUP BY id, document_id, ordinal
ORDER BY count(DISTINCT n) DESC, sum(score) DESC, document_id, ordinal LIMIT %s
"""


def operators(wanted: list[Unit], held: Condition, limit: int) -> list[tuple[Hit, int]]:
    """Chunks of the documents that fulfil the question, each with how many of the units it holds; one SQL query.

    `complete` hits hold all of them.
    """
    parts, params = [], []
    for number, unit in enumerate(wanted):
        if unit in held.documents and unit not in held.matches:
            (words, words_params), (found, found_params) = found_by_index(unit, held.words, held.scope)
            parts.append(BY_INDEX.format(number=number, words=words, found=found))
            params += [*words_params, *found_params]
    where, where_params = held.scope.where("c")
    if places := _places(wanted, held):
        parts.append(BY_PLACE.format(scope=where))
        params += [*(list(column) for column in zip(*places, strict=True)), *where_params]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(found=" UNION ALL ".join(parts), scope=where), [*params, *where_params, limit])
        return [
            (Hit(pk, score, document, ordinal, complete=units == len(wanted)), units)
            for pk, score, document, ordinal, units in cursor.fetchall()
        ]


def _places(wanted: list[Unit], held: Condition) -> list[tuple[object, ...]]:
    left = set(held.scope.only) if held.scope.only is not None else None
    places = [
        (number, place.document_id, place.page, place.start, place.end)
        for number, unit in enumerate(wanted)
        if unit in held.matches
        for place in held.matches[unit].places
        if left is None or place.document_id in left
    ]
    return list(places[:MOST_PLACES])
