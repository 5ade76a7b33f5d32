"""What is shown of a hit: where it is, the words around it, what to mark. Only for the hits of one page of results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from documents import wordboxes
from documents.models import Chunk
from search.found import Found
from search.fusion import Ranked
from search.highlights import Span, highlight
from search.query import Query
from search.read_on import with_what_follows

Box = tuple[float, float, float, float]
Place = tuple[UUID, int]

PAGES_SQL = """
SELECT p.document_id, p.number, p.chars, p.words
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[]) AS chunk(document_id, version, page_from, page_to)
JOIN documents_page p ON p.document_id = chunk.document_id AND p.version = chunk.version
  AND p.number BETWEEN chunk.page_from AND chunk.page_to
"""


@dataclass(frozen=True)
class Snippet:
    """A chunk's text and what to mark in it: sorted spans [start, end) of its characters."""

    text: str
    highlights: tuple[Span, ...]


@dataclass(frozen=True)
class ChunkSpan:
    """From a character of one page to a character (exclusive) of the same or a later one."""

    page_from: int
    char_from: int
    page_to: int
    char_to: int


@dataclass(frozen=True)
class Passage:
    """A hit, ready to be shown.

    page   where the first marked word stands, or where the chunk begins
    boxes  of the marked words on that page; points, origin top left; empty where a page has no geometry
    why    see fusion.Ranked
    """

    document_id: UUID
    document_name: str
    case_id: UUID
    case_name: str
    page: int
    span: ChunkSpan
    score: float
    why: str
    snippet: Snippet
    boxes: tuple[Box, ...]


class PageWords(NamedTuple):
    """Length of a page's text, and its word boxes as documents.wordboxes packs them."""

    chars: int
    words: bytes


class Piece(NamedTuple):
    """The part of a chunk's text that stands on one page: `start` in the chunk's text, `offset` on the page."""

    page: int
    start: int
    length: int
    offset: int


def passages(ranked: Sequence[Ranked], query: Query, found: Mapping[UUID, Found]) -> list[Passage]:
    """What to show for these hits, in their order; three SQL queries however many there are, more
    where a phrase was found over the border of two.

    A hit whose chunk was replaced while we searched is left out.
    """
    chunks = Chunk.objects.defer("tsv", "title").in_bulk([hit.chunk_id for hit in ranked])
    chunks = with_what_follows(chunks, ranked, query)
    shown = [(hit, chunks[hit.chunk_id]) for hit in ranked if hit.chunk_id in chunks and hit.document_id in found]
    marks = highlight([chunk.body for _, chunk in shown], query)
    pages = _pages([chunk for (_, chunk), spans in zip(shown, marks, strict=True) if spans])
    return [
        _passage(hit, chunk, tuple(spans), pages, found[hit.document_id])
        for (hit, chunk), spans in zip(shown, marks, strict=True)
    ]


def pieces(chunk: Chunk, lengths: Mapping[int, int]) -> list[Piece]:
    """A chunk's text by page, given the lengths of its pages' texts: as extraction.chunking.slice_body joins them,
    by one newline. Empty if its pages are gone."""
    made, start, offset = [], 0, chunk.char_from
    for page in sorted(lengths):
        end = chunk.char_to if page == chunk.page_to else lengths[page]
        made.append(Piece(page, start, end - offset, offset))
        start, offset = start + end - offset + 1, 0
    return made


def boxes_of(words: bytes, spans: Sequence[Span]) -> tuple[Box, ...]:
    """The boxes of a page's words that touch one of the spans (characters of the page's text)."""
    rows = wordboxes.unpack_array(words)
    starts, ends = np.array(spans, dtype=float).reshape(-1, 2).T
    touched = ((rows[:, :1] < ends) & (starts < rows[:, 1:2])).any(axis=1)
    return tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in rows[touched, 2:].tolist())


def _pages(chunks: Sequence[Chunk]) -> dict[Place, PageWords]:
    """The pages that these chunks cross, in their own version: another one may be shown by now."""
    wanted = zip(*((c.document_id, c.version, c.page_from, c.page_to) for c in chunks), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(PAGES_SQL, [list(column) for column in wanted] or [[]] * 4)
        return {(document, number): PageWords(chars, bytes(words)) for document, number, chars, words in cursor}


def _passage(
    hit: Ranked, chunk: Chunk, spans: tuple[Span, ...], pages: Mapping[Place, PageWords], found: Found
) -> Passage:
    number = chunk.page_from
    boxes: tuple[Box, ...] = ()
    crossed = range(chunk.page_from, chunk.page_to + 1)
    lengths = {n: pages[chunk.document_id, n].chars for n in crossed if (chunk.document_id, n) in pages}
    if spans and (before := [piece for piece in pieces(chunk, lengths) if piece.start <= spans[0][0]]):
        number = before[-1].page
        boxes = boxes_of(pages[chunk.document_id, number].words, _on_page(before[-1], spans))
    span = ChunkSpan(chunk.page_from, chunk.char_from, chunk.page_to, chunk.char_to)
    snippet = Snippet(chunk.body, spans)
    return Passage(
        chunk.document_id, found.name, chunk.case_id, found.case_name, number, span, hit.score, hit.why, snippet, boxes
    )


def _on_page(piece: Piece, spans: Sequence[Span]) -> list[Span]:
    shift = piece.offset - piece.start
    return [(a + shift, b + shift) for a, b in spans if piece.start <= a < piece.start + piece.length]
