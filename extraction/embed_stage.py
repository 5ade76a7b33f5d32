"""The embed stage: chunks get a vector of the searched model, and of one that is being built, batch by batch."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from django.db import transaction

from documents.models import Chunk, ChunkEmbedding, EmbeddingModel, Stage
from extraction import counters, embedders, ledger, vector_models
from extraction.embedding import EmbeddingUnavailable
from extraction.errors import RetryableError
from extraction.heartbeat import Heartbeat
from extraction.ledger import Claim
from extraction.patience import while_database_is_away

# Large enough that sorting by length fills its batches, small enough that a restart loses seconds of work.
BATCH_CHUNKS = 256


def missing(model: EmbeddingModel, document_id: UUID) -> list[Chunk]:
    """The next chunks of a document that have no vector of this model."""
    chunks = vector_models.lacking(model).filter(document_id=document_id).order_by("ordinal")
    return list(chunks.only("pk", "case_id", "document_id", "heading", "body")[:BATCH_CHUNKS])


def run(held: Claim, tick: Callable[[], None]) -> None:
    """Embed what is missing. Raises RetryableError(embedding_unavailable), LostLease, or what `tick` raises."""
    started, count = time.monotonic(), 0
    heartbeat = Heartbeat(held, tick)
    try:
        heartbeat.while_doing(_ready)
        while_database_is_away(vector_models.register)
        while True:
            last: list[ChunkEmbedding] = []
            models = vector_models.kept()
            for model in models:
                while chunks := missing(model, held.document_id):
                    rows = heartbeat.while_doing(partial(embed_chunks, model, chunks))
                    count += len(rows)
                    if len(chunks) < BATCH_CHUNKS:
                        last += rows
                        break
                    while_database_is_away(partial(_write, held, rows))
            timings = {"embed_s": round(time.monotonic() - started, 4), "chunks": count}
            if while_database_is_away(partial(_finish, held, last, timings, {model.name for model in models})):
                counters.count(counters.CHUNKS, n=count)
                break
    except EmbeddingUnavailable as error:
        # Its message is for the operator and holds no text.
        raise RetryableError("embedding_unavailable", str(error)) from error
    if len(models) > 1:
        while_database_is_away(vector_models.switch_if_complete)


def _ready() -> None:
    """Load the configured model, or ask an endpoint for the first time how wide its vectors are."""
    embedder = embedders.configured()
    if not embedder.dimensions:
        embedder.embed(["dimensions"])


def embedded_text(chunk: Chunk) -> str:
    """What the model reads of a chunk: its body, behind its heading, which carries the topic."""
    return f"{chunk.heading}\n{chunk.body}" if chunk.heading else chunk.body


def embed_chunks(model: EmbeddingModel, chunks: Sequence[Chunk], *, threads: int = 1) -> list[ChunkEmbedding]:
    """One unsaved vector row for each chunk. Raises EmbeddingUnavailable."""
    vectors = embedders.vectors(model, [embedded_text(chunk) for chunk in chunks], threads=threads)
    return [
        ChunkEmbedding(
            chunk=chunk, case_id=chunk.case_id, document_id=chunk.document_id, model=model.name, embedding=vector
        )
        for chunk, vector in zip(chunks, vectors, strict=True)
    ]


def save_those_there(rows: Sequence[ChunkEmbedding]) -> None:
    """Save vectors outside a job: a document that is read anew meanwhile takes its chunks away."""
    with transaction.atomic():
        chunks = Chunk.objects.select_for_update(no_key=True, skip_locked=True)
        there = set(chunks.filter(pk__in=[row.chunk_id for row in rows]).values_list("pk", flat=True))
        save([row for row in rows if row.chunk_id in there])


def save(rows: Sequence[ChunkEmbedding]) -> None:
    """Save vectors; what is there already stays."""
    # A commit whose answer was lost with the connection is made again.
    ChunkEmbedding.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _write(held: Claim, rows: list[ChunkEmbedding]) -> None:
    with ledger.writing(held):
        ledger.renew(held)
        save(rows)


def _finish(held: Claim, rows: list[ChunkEmbedding], timings: dict[str, float], made: set[str]) -> bool:
    """Whether this was all: another model may have come in meanwhile."""
    with ledger.writing(held) as document:
        save(rows)
        if not vector_models.kept_until_commit() <= made:
            ledger.renew(held)
            return False
        document.timings = document.timings | {"embed": timings}
        ledger.done(held, timings=timings)
        ledger.next_stage(document, Stage.DONE, held.version, changed=["timings"])
        return True
