"""`manage.py bench scale`: its record is what it says it is, and its yardstick notices what is missing."""

import os

import numpy as np
import pytest
from django.db import connection

from documents.models import Chunk, ChunkEmbedding, EmbeddingModel, Page
from lexintel.benchmarks import made_up_passages, scale
from lexintel.benchmarks.memory_watch import watched_memory
from lexintel.tests.processes import needs_proc, run_manage
from search.lanes.semantic import QueryVector, exact_hits
from search.scope import Scope

INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'documents_chunk%' ORDER BY 1"


@pytest.fixture
def model(transactional_db) -> EmbeddingModel:
    width = made_up_passages.DIMENSIONS
    return EmbeddingModel.objects.create(
        name="made-up@test", backend="local", setting="x", dimensions=width, state="searched"
    )


def indexes() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(INDEXES)
        return cursor.fetchall()


def test_a_case_of_each_size_is_made_and_every_index_is_there_again(model, monkeypatch):
    monkeypatch.setattr(made_up_passages, "_BATCH", 100)
    before, said = indexes(), []
    cases = made_up_passages.fill([250, 7], model, said.append)
    assert indexes() == before
    assert [Chunk.objects.filter(case=case).count() for case in cases] == [250, 7]
    assert [ChunkEmbedding.objects.filter(case=case, model=model.name).count() for case in cases] == [250, 7]
    assert Chunk.objects.filter(case=cases[0]).values("document").distinct().count() == 3
    chunk = Chunk.objects.filter(case=cases[0]).order_by("pk").last()
    assert len(chunk.body.split()) == made_up_passages.WORDS_EACH
    assert Page.objects.filter(document=chunk.document, number=chunk.page_from).exists()
    assert any(line.startswith("257 of 257 passages") for line in said)
    # New rows of the product come after them.
    again = Chunk.objects.create(
        case=cases[1],
        document=Chunk.objects.filter(case=cases[1])[0].document,
        version=1,
        ordinal=900,
        page_from=1,
        page_to=1,
        char_from=0,
        char_to=1,
        body="w1",
    )
    assert again.pk > chunk.pk


def test_vectors_arrive_as_they_were_made(model):
    (case,) = made_up_passages.fill([5], model)
    rows = ChunkEmbedding.objects.order_by("chunk_id").values_list("embedding", flat=True)
    stored = np.asarray(list(rows), dtype=np.float32)
    dice = np.random.default_rng(Chunk.objects.order_by("pk")[0].pk)
    made_up_passages._rows(made_up_passages._Batch(case.pk, 1, [case.pk] * 5, np.arange(5)), dice)
    assert np.allclose(stored, made_up_passages.vectors(dice, 5), atol=2e-3)


def test_the_nearest_are_found_without_any_index_and_without_the_lane(model):
    case, other = made_up_passages.fill([300, 300], model)
    scope = Scope((case.pk,))
    for vector in made_up_passages.vectors(np.random.default_rng(17), 3):
        nearest = scale._nearest(vector, scope, model.name)
        assert nearest == {hit.chunk_id for hit in exact_hits(QueryVector(vector, model.name), scope, 10)}
        assert not ChunkEmbedding.objects.filter(chunk_id__in=nearest, case=other).exists()


@needs_proc
def test_memory_of_the_server_is_seen(db):
    import time

    with watched_memory() as memory:
        time.sleep(1.2)
    told = memory.peaks()
    assert told["process_peak_mb"] > 20
    assert told["postgres_peak_mb"] is None or told["postgres_peak_mb"] > 1


def test_too_few_passages_are_nothing_to_measure(tmp_path):
    named = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    done = run_manage("bench", "scale", "--chunks", "100", LEXINTEL_DATA_DIR=str(tmp_path), **named)
    assert done.returncode == 2 and "Nothing to measure" in done.stderr
