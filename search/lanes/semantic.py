"""The meaning lane: chunks whose vectors lie nearest to the question's.

How many chunks the scope holds decides how they are found:

    up to 100,000   exact: every vector of the scope is compared
    more            by the approximate index (extraction/vector_index.py), if there is one; exact if it gives too few

Never an approximate index for a small scope in a large database: with defaults the planner takes it and silently
returns none of the rows of a small case.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from pgvector import HalfVector

from extraction import vector_index
from search.lanes import Hit
from search.lanes.signature import Lane
from search.query import Query
from search.scope import Scope, Sql
from search.scope_size import chunks_in

EXACT_UP_TO = 100_000
# Of so many neighbours in the graph at a time, until enough lie in the scope or so many were looked at.
EF_SEARCH, MOST_LOOKED_AT = 400, 100_000

# What is added to the distance, nothing, keeps an approximate index from being used for the order.
EXACT = """
WITH best AS MATERIALIZED (
  SELECT e.chunk_id, (e.embedding <=> %s::halfvec) + 0 AS distance FROM documents_chunkembedding e
  WHERE {scope} ORDER BY distance, chunk_id LIMIT %s
)
SELECT c.id, 1 - b.distance, c.document_id, c.ordinal FROM best b JOIN documents_chunk c ON c.id = b.chunk_id
WHERE b.distance <> 'NaN' ORDER BY b.distance, c.document_id, c.ordinal
"""
# The index gives them nearly in order; twice as many as wanted are put in order exactly.
APPROXIMATE = """
WITH near AS MATERIALIZED (
  SELECT e.chunk_id, e.embedding::halfvec({width}) <=> %s::halfvec({width}) AS distance
  FROM documents_chunkembedding e WHERE {scope} ORDER BY distance LIMIT 2 * %s
)
SELECT c.id, 1 - n.distance, c.document_id, c.ordinal FROM near n JOIN documents_chunk c ON c.id = n.chunk_id
WHERE n.distance <> 'NaN' ORDER BY n.distance, c.document_id, c.ordinal LIMIT %s
"""
# Until the transaction ends. Sorting is not forbidden by this, only dear: the index gives the order.
BY_THE_INDEX = """
SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', %s, true),
       set_config('hnsw.max_scan_tuples', %s, true), set_config('enable_sort', 'off', true)
"""
ON_PAGES = " AND EXISTS (SELECT 1 FROM documents_chunk c WHERE c.id = e.chunk_id AND {on_pages})"


@dataclass(frozen=True)
class QueryVector:
    """The question's vector (float32, length 1) and the model that made it."""

    vector: np.ndarray
    model: str


def semantic(near: QueryVector) -> Lane:
    """The lane for a question with this vector. Chunks without a vector of the model are not found."""

    def lane(query: Query, scope: Scope, limit: int) -> list[Hit]:
        """Chunks by cosine similarity, −1 to 1."""
        if vector_index.probably_ready(near.model) and chunks_in(scope) > EXACT_UP_TO:
            hits = approximate_hits(near, scope, limit)
            if len(hits) == limit:
                return hits
        return exact_hits(near, scope, limit)

    return lane


def exact_hits(near: QueryVector, scope: Scope, limit: int) -> list[Hit]:
    """The nearest chunks of the scope, each of its vectors compared."""
    where, params = _vectors(near, scope)
    with connection.cursor() as cursor:
        cursor.execute(EXACT.format(scope=where), [HalfVector(near.vector).to_text(), *params, limit])
        return [Hit(*row) for row in cursor.fetchall()]


def approximate_hits(near: QueryVector, scope: Scope, limit: int) -> list[Hit]:
    """Nearly the nearest chunks of the scope; fewer than `limit` where most near ones lie outside it."""
    where, params = _vectors(near, scope)
    sql = APPROXIMATE.format(scope=where, width=len(near.vector))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BY_THE_INDEX, [str(EF_SEARCH), str(MOST_LOOKED_AT)])
        cursor.execute(sql, [HalfVector(near.vector).to_text(), *params, limit, limit])
        return [Hit(*row) for row in cursor.fetchall()]


def _vectors(near: QueryVector, scope: Scope) -> Sql:
    """The condition on the vectors (alias e) of the scope by the question's model."""
    where, params = scope.where("e", by_page=False)
    on_pages, page_params = scope.on_pages("c") if scope.pages else ("", [])
    pages = ON_PAGES.format(on_pages=on_pages) if on_pages else ""
    return f"{where} AND e.model = %s{pages}", [*params, near.model, *page_params]
