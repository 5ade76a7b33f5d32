"""Where a quoted phrase begins in a chunk and ends in the next one, both are shown as the one text they are."""

from collections.abc import Mapping, Sequence

from django.db import connection

from documents.models import Chunk, Page
from extraction.chunking import ChunkSpan, slice_body
from search.fusion import Ranked
from search.lanes.tsqueries import in_a_row
from search.query import Query

CUT = "SELECT id FROM documents_chunk WHERE id = ANY(%s) AND NOT tsv @@ {words}"


def with_what_follows(chunks: Mapping[int, Chunk], hits: Sequence[Ranked], query: Query) -> dict[int, Chunk]:
    """The same chunks, those that hold only the beginning of the phrase that was found there joined with the next.

    Three SQL queries if there are such, one for questions of one quoted phrase, none for others.
    """
    exact = [hit.chunk_id for hit in hits if hit.why == "exact" and hit.chunk_id in chunks]
    if len(query.phrases) != 1 or query.uses_operators or not exact:
        return dict(chunks)
    with connection.cursor() as cursor:
        cursor.execute(CUT.format(words=in_a_row("%s")), [exact, query.phrases[0]])
        cut = [chunks[pk] for (pk,) in cursor.fetchall()]
    if not cut:
        return dict(chunks)
    documents = {chunk.document_id for chunk in cut}
    following = Chunk.objects.filter(document__in=documents, ordinal__in={c.ordinal + 1 for c in cut})
    by_place = {(c.document_id, c.version, c.ordinal): c for c in following.defer("tsv", "title")}
    pairs = [(c, by_place.get((c.document_id, c.version, c.ordinal + 1))) for c in cut]
    texts: dict[object, dict[int, str]] = {}
    numbers = {n for c, after in pairs if after for n in range(c.page_from, after.page_to + 1)}
    pages = Page.objects.filter(document__in=documents, number__in=numbers)
    for document, version, number, text in pages.values_list("document_id", "version", "number", "text"):
        texts.setdefault((document, version), {})[number] = text
    joined = {c.pk: _joined(c, after, texts.get((c.document_id, c.version), {})) for c, after in pairs if after}
    return {**chunks, **joined}


def _joined(chunk: Chunk, following: Chunk, texts: Mapping[int, str]) -> Chunk:
    start, end = (chunk.page_from, chunk.char_from), (following.page_to, following.char_to)
    wanted = {n: texts[n] for n in range(start[0], end[0] + 1) if n in texts}
    if len(wanted) != end[0] - start[0] + 1:  # its pages are gone
        return chunk
    body = slice_body(wanted, ChunkSpan(chunk.ordinal, *start, *end, chunk.heading, ""))
    return Chunk(
        pk=chunk.pk,
        case_id=chunk.case_id,
        document_id=chunk.document_id,
        version=chunk.version,
        ordinal=chunk.ordinal,
        page_from=start[0],
        char_from=start[1],
        page_to=end[0],
        char_to=end[1],
        heading=chunk.heading,
        body=body,
    )
