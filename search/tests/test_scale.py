"""The meaning lane where there are many vectors: a small case is never lost among them, a large scope is fast."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from cases.models import Case
from documents.models import ChunkEmbedding, Document, EmbeddingModel, Page
from extraction import vector_index
from search.lanes import semantic as lane
from search.lanes.semantic import QueryVector, approximate_hits, exact_hits, semantic
from search.query import parse
from search.scope import Scope

MODEL = "made-up@test"
K = 20


WIDTH = 32
FILL = """
WITH new AS (
  INSERT INTO documents_chunk (case_id, document_id, version, ordinal, page_from, page_to, char_from, char_to,
    title, heading, body, searchable)
  SELECT %s, %s, 1, n, 1, 1, 0, 1, '', '', 'x', '' FROM generate_series(1, %s) n RETURNING id, case_id, document_id
)
INSERT INTO documents_chunkembedding (chunk_id, case_id, document_id, model, embedding)
SELECT id, case_id, document_id, %s,
  (SELECT array_agg((random() - 0.5)::real) FROM generate_series(1, 32) d WHERE new.id = new.id)::halfvec FROM new
"""


@pytest.fixture(autouse=True)
def _no_index_afterwards(transactional_db: Any) -> Iterator[None]:
    """Emptying the tables leaves it."""
    yield
    vector_index.drop(MODEL)


@pytest.fixture
def crowd(transactional_db: Any, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """A case of 2,000 chunks and one of 40 inside a database of 12,040, with the index over all of them."""
    model = EmbeddingModel.objects.create(name=MODEL, backend="local", setting="x", dimensions=WIDTH, state="searched")
    cases = []
    for size in (2_000, 40, 10_000):
        case = Case.objects.create(name="Scale", reference=f"scale-{size}")
        document = Document.objects.create(case=case, name="d", sha256=str(size), size=1, version=1, status="ready")
        Page.objects.create(document=document, version=1, number=1, state="text", text="x", chars=1)
        with connection.cursor() as cursor:
            cursor.execute(FILL, [case.pk, document.pk, size, MODEL])
        cases.append(case)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE documents_chunk, documents_chunkembedding")
    monkeypatch.setattr(vector_index, "READY_KEPT_S", 0)
    assert vector_index.build(model) and vector_index.ready(MODEL)
    return cases


def directions(count: int) -> list[QueryVector]:
    rng = np.random.default_rng(7)
    return [QueryVector(rng.standard_normal(WIDTH).astype(np.float32), MODEL) for _ in range(count)]


def nearest(near: QueryVector, case_ids: tuple[Any, ...], k: int) -> set[int]:
    rows = ChunkEmbedding.objects.filter(case_id__in=case_ids).values_list("chunk_id", "embedding")
    ids, vectors = zip(*rows, strict=True)
    matrix = np.asarray(vectors, dtype=np.float32)
    scores = (matrix @ near.vector) / np.linalg.norm(matrix, axis=1)
    return {ids[i] for i in np.argsort(-scores)[:k]}


def test_small_cases_in_a_large_indexed_database_are_complete_and_a_large_scope_uses_the_index(crowd, monkeypatch):
    small, tiny, _ = crowd
    for near in directions(5):
        for case in (small, tiny):
            hits = semantic(near)(parse("anything"), Scope((case.pk,)), K)
            assert len(hits) == K
            assert {hit.chunk_id for hit in hits} == nearest(near, (case.pk,), K)
        assert len(semantic(near)(parse("anything"), Scope((tiny.pk,)), 200)) == 40
    every = tuple(case.pk for case in crowd)
    found = 0
    for near in directions(10):
        hits = approximate_hits(near, Scope(every), K)
        assert len(hits) == K
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        exact = [hit.chunk_id for hit in exact_hits(near, Scope(every), 10)]
        found += len(set(exact) & {hit.chunk_id for hit in hits[:10]})
    assert found >= 95
    assert "Index Scan using embedding_hnsw" in plan_of(directions(1)[0], Scope(every))

    # Where the index gives too little after all, the lane notices and compares every vector.
    monkeypatch.setattr(lane, "EXACT_UP_TO", 0)
    monkeypatch.setattr(lane, "approximate_hits", lambda *asked: approximate_hits(*asked)[:3])
    for near in directions(3):
        hits = semantic(near)(parse("anything"), Scope((small.pk,)), K)
        assert {hit.chunk_id for hit in hits} == nearest(near, (small.pk,), K)


def plan_of(near: QueryVector, scope: Scope) -> str:
    """How PostgreSQL goes about what `approximate_hits` asks."""
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "near AS MATERIALIZED" in sql:
            with context["connection"].connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + sql, params)
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        approximate_hits(near, scope, K)
    return plans[0]


def test_an_index_that_was_left_unfinished_is_not_used_and_is_built_anew(transactional_db):
    model = EmbeddingModel.objects.create(name=MODEL, backend="local", setting="x", dimensions=8, state="searched")
    vector_index.build(model)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)", [vector_index.name_of(MODEL)]
        )
    assert not vector_index.ready(MODEL)
    assert vector_index.build(model) and vector_index.ready(MODEL)


def test_the_command_builds_no_index_for_few_vectors_unless_told_to(transactional_db, capsys):
    EmbeddingModel.objects.create(name=MODEL, backend="local", setting="x", dimensions=8, state="searched")
    call_command("index_vectors", json=True)
    assert '"ready": false' in capsys.readouterr().out
    call_command("index_vectors", json=True, force=True)
    assert '"ready": true' in capsys.readouterr().out
    call_command("index_vectors", json=True, drop=True)
    assert '"ready": false' in capsys.readouterr().out


def test_words_are_looked_up_by_case_where_the_database_can(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'btree_gin'")
        (can,) = cursor.fetchone()
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'chunk_tsv'")
        (definition,) = cursor.fetchone()
    assert ("(case_id, tsv)" if can else "(tsv)") in definition
