"""Changing the model: vectors of both side by side, one switch when nothing is lost by it, then the old ones go."""

import json
import zlib
from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from documents.models import Chunk, ChunkEmbedding, Document, EmbeddingModel
from extraction import doctor, embed_stage, embedders, ledger, vector_models
from extraction.embedding import EmbeddingOptions, EmbeddingUnavailable
from extraction.models import ExtractionJob
from search import query_vector
from search.engine import search
from search.scope import scope_for


class Model:
    """A model of any width; counts what it is asked."""

    def __init__(self, name: str, dimensions: int) -> None:
        self.model, self.dimensions, self.texts, self.away = f"{name}@test", dimensions, 0, False

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        if self.away:
            raise EmbeddingUnavailable(f"{self.model} is away.")
        self.texts += len(texts)
        rows = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[zlib.crc32(word.encode()) % self.dimensions] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def models(fake_embedder: Any, monkeypatch: pytest.MonkeyPatch, settings: Any) -> dict[str, Model]:
    """Small is the one that is configured; wide can be named. They take the fake embedder's place."""
    made = {"small": Model("small", 384), "wide": Model("wide", 768)}
    settings.EMBEDDING_BACKEND, settings.EMBEDDING_MODEL = "openai", "small"

    def make(options: EmbeddingOptions) -> Model:
        if options.model not in made:
            raise EmbeddingUnavailable("There is no such model.")
        return made[options.model]

    monkeypatch.setattr(embedders, "make_embedder", make)
    monkeypatch.setattr(vector_models, "GRACE", timedelta(0))
    query_vector.forget()
    yield made
    query_vector.forget()


def embed_missing(**options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("embed_missing", json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def by_meaning(user: Any, question: str) -> list[str]:
    query_vector.forget()
    return [p.document_name for p in search(question, scope_for(user), mode="semantic").passages]


def stored() -> dict[str, int]:
    names = ChunkEmbedding.objects.values_list("model", flat=True)
    return {name: list(names).count(name) for name in sorted(set(names))}


def test_the_first_model_is_searched_at_once_and_its_width_is_recorded(case, models, make_document):
    make_document(case, ["The winch failed."])
    row = EmbeddingModel.objects.get()
    assert (row.name, row.dimensions, row.state) == ("small@test", 384, "searched")


def test_a_wider_model_is_built_beside_the_old_one_and_then_searched(case, alice, models, make_document):
    make_document(case, ["The winch failed."], name="winch.txt")
    make_document(case, ["Rent is due in June."], name="rent.txt")
    made = embed_missing(model="wide")
    assert (made["made"], made["dimensions"], made["searched"], made["lacking"]) == (2, 768, "wide@test", 0)
    assert stored() == {"small@test": 2, "wide@test": 2}
    models["small"].away = True
    assert by_meaning(alice, "winch")[0] == "winch.txt"


def test_until_every_case_has_the_new_vectors_the_old_ones_are_searched(case, other_case, alice, models, make_document):
    make_document(case, ["The winch failed."], name="winch.txt")
    make_document(other_case, ["Rent is due in June."])
    made = embed_missing(model="wide", case=case.reference)
    assert (made["made"], made["searched"], made["lacking"]) == (1, "small@test", 1)
    asked = models["wide"].texts
    assert by_meaning(alice, "winch") == ["winch.txt"]
    assert models["wide"].texts == asked
    assert embed_missing(model="wide")["searched"] == "wide@test"


def test_documents_that_arrive_meanwhile_get_vectors_of_both(case, other_case, alice, models, make_document):
    make_document(case, ["The winch failed."])
    make_document(other_case, ["Rent is due in June."])
    embed_missing(model="wide", case=case.reference)
    make_document(case, ["An anchor was lost."], name="anchor.txt")
    assert stored() == {"small@test": 3, "wide@test": 2}
    assert "anchor.txt" in by_meaning(alice, "anchor")
    embed_missing(model="wide")
    assert "anchor.txt" in by_meaning(alice, "anchor")


@pytest.mark.django_db(transaction=True)
def test_a_model_that_came_in_while_a_document_was_embedded_is_not_forgotten(case, models, make_document, monkeypatch):
    document = make_document(case, ["The winch failed."])
    ChunkEmbedding.objects.all().delete()
    job = ledger.queue(document, "embed", version=document.version)
    real = embed_stage.embed_chunks

    def embed_while_another_is_named(model: EmbeddingModel, chunks: list[Chunk], **options: Any) -> Any:
        vector_models.register("openai", "wide", build=True)
        connection.close()
        return real(model, chunks, **options)

    monkeypatch.setattr(embed_stage, "embed_chunks", embed_while_another_is_named)
    from extraction import jobs

    jobs.run(str(job.pk))
    assert ExtractionJob.objects.get(pk=job.pk).state == "done"
    assert stored() == {"small@test": 1, "wide@test": 1}
    # The last document also completed the new model.
    assert vector_models.searched().name == "wide@test"


def test_a_changed_setting_is_taken_up_without_a_gap(case, alice, models, make_document, settings):
    make_document(case, ["The winch failed."], name="winch.txt")
    settings.EMBEDDING_MODEL = "wide"
    make_document(case, ["An anchor was lost."], name="anchor.txt")
    assert sorted(by_meaning(alice, "winch")) == ["anchor.txt", "winch.txt"]
    assert vector_models.searched().name == "small@test"
    assert embed_missing()["searched"] == "wide@test"
    assert sorted(by_meaning(alice, "winch")) == ["anchor.txt", "winch.txt"]


def test_a_searched_model_that_is_away_is_said_and_not_replaced_by_silence(case, alice, models, make_document):
    make_document(case, ["The winch failed."])
    models["small"].away = True
    query_vector.forget()
    result = search("winch", scope_for(alice), mode="semantic")
    assert result.total == 0
    assert any("not available" in note for note in result.notes)


def test_an_endpoint_that_serves_another_width_behind_the_same_name_stores_nothing(case, models, make_document):
    make_document(case, ["The winch failed."])
    models["small"].dimensions = 256
    with pytest.raises(EmbeddingUnavailable, match="no longer the one"):
        embed_stage.embed_chunks(EmbeddingModel.objects.get(), list(Chunk.objects.all()))


@pytest.mark.django_db(transaction=True)
def test_dropping_leaves_what_is_searched_and_the_old_model_can_be_built_again(case, alice, models, make_document):
    make_document(case, ["The winch failed."], name="winch.txt")
    assert embed_missing(model="wide")["dropped"] == {}
    assert stored() == {"small@test": 1, "wide@test": 1}
    assert embed_missing(model="wide", drop_former=True)["dropped"] == {"small@test": 1}
    assert stored() == {"wide@test": 1}
    assert by_meaning(alice, "winch") == ["winch.txt"]
    back = embed_missing(model="small", drop_former=True)
    assert (back["made"], back["searched"], back["dropped"]) == (1, "small@test", {"wide@test": 1})
    assert by_meaning(alice, "winch") == ["winch.txt"]


def test_vectors_that_are_searched_or_built_are_never_dropped(case, other_case, models, make_document):
    make_document(case, ["The winch failed."])
    make_document(other_case, ["Rent is due in June."])
    embed_missing(model="wide", case=case.reference)
    assert vector_models.drop_former() == {}
    assert stored() == {"small@test": 2, "wide@test": 1}


def test_doctor_says_what_is_searched_and_what_is_missing(case, models, make_document, settings):
    look = doctor.CHECKS["searched vectors"]
    assert look().ok
    make_document(case, ["The winch failed."])
    assert look().ok and "small@test, 384" in look().detail
    settings.EMBEDDING_MODEL = "wide"
    assert not look().ok and "embed_missing" in look().remedy
    settings.EMBEDDING_MODEL = "small"
    ChunkEmbedding.objects.all().delete()
    assert not look().ok and "some passages have none" in look().detail


def test_a_model_that_cannot_be_had_is_an_error_and_changes_nothing(case, models, make_document):
    make_document(case, ["The winch failed."])
    with pytest.raises(CommandError, match="no such model"):
        embed_missing(model="nonsense")
    assert EmbeddingModel.objects.count() == 1


def test_chunks_that_vanish_while_they_are_embedded_are_left_out(case, models, make_document):
    make_document(case, ["The winch failed."])
    row, chunks = vector_models.register("openai", "wide", build=True), list(Chunk.objects.all())
    rows = embed_stage.embed_chunks(row, chunks)
    Document.objects.all().delete()
    embed_stage.save_those_there(rows)
    assert stored() == {}


@pytest.mark.django_db(transaction=True)
def test_the_migration_keeps_vectors_both_ways_and_registers_their_model(case, models, make_document):
    make_document(case, ["The winch failed."])
    embed_missing(model="wide")
    vectors = list(ChunkEmbedding.objects.filter(model="small@test").values_list("pk", "embedding"))
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate([("documents", "0006_members_without_content")])
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, embedding::text FROM documents_chunkembedding")
            assert [pk for pk, _ in cursor.fetchall()] == [pk for pk, _ in vectors]
            assert storage(cursor) == "p"
    finally:
        MigrationExecutor(connection).migrate(latest)
    assert [(m.name, m.dimensions, m.state) for m in EmbeddingModel.objects.all()] == [("small@test", 384, "searched")]
    assert list(ChunkEmbedding.objects.values_list("pk", "embedding")) == vectors
    with connection.cursor() as cursor:
        assert storage(cursor) == "p"


def storage(cursor: Any) -> str:
    cursor.execute(
        "SELECT attstorage FROM pg_attribute WHERE attname = 'embedding' AND attrelid = %s::regclass",
        ["documents_chunkembedding"],
    )
    return str(cursor.fetchone()[0])
