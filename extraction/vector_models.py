"""Which models' vectors are kept, and which are searched: the switch from one model to the next.

    configured ─ register ─▶ building ─ complete ─▶ searched ─ another takes its place ─▶ former ─▶ vectors dropped
                    └─ the first one is searched at once

There is one searched model for all cases: distances by two models cannot be compared, and a question may be put to
many cases. A model that is being built becomes it when every chunk with a vector of the searched one has one of its
own; until then new documents get both. So a switch never makes anything unfindable.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from documents.models import Chunk, ChunkEmbedding, EmbeddingModel
from extraction import embedders

State = EmbeddingModel.State
KEPT = (State.SEARCHED, State.BUILDING)
# A search that began before the switch still compares the former vectors: see search/query_vector.py.
GRACE = timedelta(seconds=15)
_DROP_BATCH = 5_000

LACKING_SQL = """
SELECT EXISTS (
  SELECT 1 FROM documents_chunkembedding known WHERE known.model = %s AND NOT EXISTS (
    SELECT 1 FROM documents_chunkembedding made WHERE made.chunk_id = known.chunk_id AND made.model = %s))
"""
KEPT_SQL = "SELECT name FROM documents_embeddingmodel WHERE state IN ('searched', 'building') FOR SHARE"
DROP_SQL = """
DELETE FROM documents_chunkembedding WHERE id IN (
  SELECT id FROM documents_chunkembedding WHERE model = %s LIMIT %s)
"""


def searched() -> EmbeddingModel | None:
    """The model whose vectors are searched; None before the first one made any."""
    return EmbeddingModel.objects.filter(state=State.SEARCHED).first()


def kept() -> list[EmbeddingModel]:
    """The models of which every new chunk gets a vector; the searched one first."""
    return list(EmbeddingModel.objects.filter(state__in=KEPT).order_by("-state"))


def kept_until_commit() -> set[str]:
    """The names of the kept models; no switch happens before the caller's transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute(KEPT_SQL)
        return {name for (name,) in cursor.fetchall()}


def register(backend: str = "", setting: str = "", *, build: bool = False) -> EmbeddingModel:
    """The row of the configured model, or of another of this machine or the configured endpoint.

    A new one is searched if none is, else it is built beside the searched one. One that was given up comes back only
    with `build`. Raises EmbeddingUnavailable.
    """
    backend, setting = backend or settings.EMBEDDING_BACKEND, setting or settings.EMBEDDING_MODEL
    embedder = embedders.make(backend, setting)
    known = EmbeddingModel.objects.filter(pk=embedder.model).first()
    if known and (known.state in KEPT or not build):
        return known
    dimensions = known.dimensions if known else embedder.dimensions or embedder.embed(["dimensions"]).shape[1]
    with _one_at_a_time():
        known = EmbeddingModel.objects.filter(pk=embedder.model).first()
        if known and known.state in KEPT:
            return known
        state = State.BUILDING if searched() else State.SEARCHED
        if state == State.BUILDING:
            EmbeddingModel.objects.filter(state=State.BUILDING).update(state=State.FORMER, since=Now())
        made, _ = EmbeddingModel.objects.update_or_create(
            name=embedder.model,
            defaults={
                "backend": backend,
                "setting": setting,
                "dimensions": dimensions,
                "state": state,
                "since": Now(),
            },
        )
    made.refresh_from_db()
    return made


def switch_if_complete() -> EmbeddingModel | None:
    """Search by the model that is being built, if it knows every chunk that the searched one knows; else None."""
    with _one_at_a_time():
        models = {model.state: model for model in EmbeddingModel.objects.select_for_update().filter(state__in=KEPT)}
        new, old = models.get(State.BUILDING), models.get(State.SEARCHED)
        if new is None or (old and _lacks(new, old)):
            return None
        if old:
            EmbeddingModel.objects.filter(pk=old.pk).update(state=State.FORMER, since=Now())
        EmbeddingModel.objects.filter(pk=new.pk).update(state=State.SEARCHED, since=Now())
    new.refresh_from_db()
    return new


def lacking(model: EmbeddingModel, case_id: UUID | None = None) -> "QuerySet[Chunk]":
    """The chunks without a vector of this model."""
    has_one = ChunkEmbedding.objects.filter(chunk=OuterRef("pk"), model=model.name)
    chunks = Chunk.objects.filter(~Exists(has_one))
    return chunks.filter(case_id=case_id) if case_id else chunks


def drop_former() -> dict[str, int]:
    """Delete the vectors of every model that is searched no more; how many of each."""
    dropped = {}
    for model in EmbeddingModel.objects.filter(state=State.FORMER).order_by("name"):
        if not ChunkEmbedding.objects.filter(model=model.name).exists():
            continue
        while EmbeddingModel.objects.filter(pk=model.pk, since__gt=Now() - GRACE).exists():
            time.sleep(0.5)
        dropped[model.name] = _delete_vectors(model.name)
    return dropped


def _delete_vectors(name: str) -> int:
    count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            # Somebody may want it back just now.
            if not EmbeddingModel.objects.select_for_update().filter(pk=name, state=State.FORMER).exists():
                return count
            cursor.execute(DROP_SQL, [name, _DROP_BATCH])
            if not cursor.rowcount:
                return count
            count += cursor.rowcount


def _lacks(new: EmbeddingModel, old: EmbeddingModel) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(LACKING_SQL, [old.name, new.name])
        return bool(cursor.fetchone()[0])


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lexintel embedding models'))")
        yield
