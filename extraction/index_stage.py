"""The index stage: pages become chunks, and the new version becomes the one that is shown and searched."""

import time
from collections.abc import Callable, Iterable

from django.db import connection

from documents.models import Chunk, Document, Page, Stage
from extraction import ledger
from extraction.chunking import chunk_pages
from extraction.folding import searchable
from extraction.heartbeat import Heartbeat
from extraction.ledger import Claim
from extraction.patience import while_database_is_away
from extraction.running_heads import KINDS
from extraction.vocabulary import learn, words_of

# Long enough for a caption with its parties, short enough to name this document and no other.
OPENING_CHARS = 600
# A second's work for the database; the lease is renewed in between.
WORDS_AT_ONCE = 20_000


def run(held: Claim, tick: Callable[[], None]) -> None:
    """Chunk and flip. Raises LostLease, or what `tick` raises."""
    heartbeat = Heartbeat(held, tick)
    while_database_is_away(lambda: _index(held, heartbeat))


def opening(texts: Iterable[str]) -> str:
    """The first words of a document: a caption, a title, between whom it is. Questions name it by these."""
    said = ""
    for text in texts:
        said = f"{said} {' '.join(text[: 2 * OPENING_CHARS].split())}".strip()
        if len(said) >= OPENING_CHARS:
            break
    return said[:OPENING_CHARS]


def _index(held: Claim, heartbeat: Heartbeat) -> None:
    started = time.monotonic()
    rows = list(
        Page.objects.filter(document_id=held.document_id, version=held.version)
        .order_by("number")
        .values_list("number", "text", "marks")
    )
    running = {n: [(start, end) for kind, start, end, _ in marks if kind in KINDS] for n, _, marks in rows}
    pages = [(number, text) for number, text, _ in rows]
    spans, words = heartbeat.while_doing(
        lambda: (chunk_pages(pages, running=running), words_of(text for _, text in pages))
    )
    # Before the document can be found: wildcards look their words up there.
    for start in range(0, len(words), WORDS_AT_ONCE):
        heartbeat.beat()
        learn(held.document_id, words[start : start + WORDS_AT_ONCE])
    with ledger.writing(held) as document:
        document.chunks.filter(version=held.version).delete()
        Chunk.objects.bulk_create(
            (
                Chunk(
                    case_id=document.case_id,
                    document=document,
                    version=held.version,
                    ordinal=span.ordinal,
                    page_from=span.page_from,
                    page_to=span.page_to,
                    char_from=span.char_from,
                    char_to=span.char_to,
                    title=document.name,
                    heading=span.heading,
                    body=span.body,
                    searchable=searchable(span.body),
                )
                for span in spans
            ),
            batch_size=1000,
        )
        _keep_vectors(document, held.version)
        document.chunks.exclude(version=held.version).delete()
        document.pages.exclude(version=held.version).delete()
        document.version = held.version
        document.opening = opening(text for _, text in pages)
        timings = {"index_s": round(time.monotonic() - started, 4), "chunks": len(spans)}
        document.timings = document.timings | {"index": timings}
        ledger.done(held, timings=timings)
        following = Stage.EMBED if spans else Stage.DONE
        ledger.next_stage(document, following, held.version, changed=["version", "opening", "timings"])


# What the model reads of a chunk is its heading and its body: where both are the same, so is the vector.
_KEPT = """
INSERT INTO documents_chunkembedding (chunk_id, case_id, document_id, model, embedding)
SELECT DISTINCT ON (new.id, e.model) new.id, new.case_id, new.document_id, e.model, e.embedding
FROM documents_chunk new
JOIN documents_chunk former ON former.document_id = new.document_id AND former.version <> new.version
  AND former.heading = new.heading AND former.body = new.body
JOIN documents_chunkembedding e ON e.chunk_id = former.id
WHERE new.document_id = %s AND new.version = %s
"""


def _keep_vectors(document: Document, version: int) -> None:
    """Passages that read as before stay found by meaning, and are not embedded again."""
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [document.pk, version])
