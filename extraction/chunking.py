"""Pages become chunks: whole sentences, packed up to a limit, with exact offsets into the pages' texts.

Small chunks show more evidence per screen; larger ones only look better per rank. 120 tokens was measured as the
best of both; overlap bought nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from extraction.sentences import MAX_HEADING, heading, sentences

LIMIT = 120
# Words and punctuation: within a tenth of the embedding model's word pieces on English legal text.
_TOKEN = re.compile(r"\w{1,12}|[^\w\s]")
# What has no space for so long is cut: a line of 64 MB must not become one chunk.
MAX_PIECE_CHARS = 2000


@dataclass(frozen=True)
class ChunkSpan:
    """`char_from` is in the text of `page_from`, `char_to` (exclusive) in that of `page_to`."""

    ordinal: int
    page_from: int
    char_from: int
    page_to: int
    char_to: int
    heading: str
    body: str


@dataclass(frozen=True)
class _Piece:
    """A sentence, or a part of one that is too long."""

    page: int
    start: int
    end: int
    tokens: int
    heading: str
    running: bool = False  # a header, a footer or a stamp: no part of what the page says


def count_tokens(text: str) -> int:
    """About how many word pieces a text has."""
    return sum(1 for _ in _TOKEN.finditer(text))


Spans = Sequence[tuple[int, int]]


def chunk_pages(
    pages: Sequence[tuple[int, str]], *, limit: int = LIMIT, running: Mapping[int, Spans] | None = None
) -> list[ChunkSpan]:
    """Chunks of a document's pages, given as (number, text) in order.

    A chunk stays on its page, so that a hit names one page; only a sentence that runs over the page's end takes the
    first words of the next page with it. `running`: stretches of a page's text that are headers, footers or stamps.
    They stay in a chunk, so that they are found, but head none, and do not part a sentence that runs past them.
    """
    chunks: list[ChunkSpan] = []
    pending: list[_Piece] = []
    texts = dict(pages)
    current = ""
    for number, text in pages:
        pieces = list(_pieces(number, text, current, limit, (running or {}).get(number, ())))
        said = next((p for p in pieces if not p.running), None)
        goes_on = said is not None and text[said.start].islower()
        for piece in pieces:
            current = piece.heading
            if pending and not _fits(pending, piece, limit, texts, goes_on):
                chunks.append(_chunk(len(chunks), pending, texts))
                pending = []
            pending.append(piece)
    if pending:
        chunks.append(_chunk(len(chunks), pending, texts))
    return chunks


def slice_body(texts: dict[int, str], span: ChunkSpan) -> str:
    """The chunk's text as its offsets give it: the slice, or over a page's end the slices joined by a line break."""
    if span.page_from == span.page_to:
        return texts[span.page_from][span.char_from : span.char_to]
    between = [texts[n] for n in sorted(texts) if span.page_from < n < span.page_to]
    first, last = texts[span.page_from][span.char_from :], texts[span.page_to][: span.char_to]
    return "\n".join([first, *between, last])


def _fits(pending: list[_Piece], piece: _Piece, limit: int, texts: dict[int, str], goes_on: bool) -> bool:
    """`goes_on`: the piece's page begins in the middle of a sentence."""
    said = [p for p in pending if not p.running]
    tokens = sum(p.tokens for p in pending) + piece.tokens
    if not said:
        # What a page's head leads to.
        return piece.page == pending[0].page and tokens <= 2 * limit
    last = said[-1]
    if piece.page != last.page:
        # Only the rest of a sentence that was cut by the page's end, and only onto the very next page.
        cut = texts[last.page][last.end - 1] not in '.!?:;"”’)' and piece.page == last.page + 1
        return cut and goes_on and last.page == pending[0].page and tokens <= 2 * limit
    if piece.running:
        return piece.page == pending[0].page and tokens <= 2 * limit
    if piece.heading != said[0].heading or last.page != pending[0].page:
        return False
    return tokens <= limit


def _chunk(ordinal: int, pieces: list[_Piece], texts: dict[int, str]) -> ChunkSpan:
    first, last = pieces[0], pieces[-1]
    title = next((p.heading for p in pieces if not p.running), first.heading)
    span = ChunkSpan(ordinal, first.page, first.start, last.page, last.end, title, "")
    return replace(span, body=slice_body(texts, span))


def _pieces(page: int, text: str, current: str, limit: int, running: Spans) -> Iterator[_Piece]:
    for first, after, runs in _stretches(len(text), running):
        for start, end in sentences(text[first:after]):
            start, end = first + start, first + end
            current = current if runs else _heading(text[start:end]) or current
            for a, b in _short_enough(text, start, end, limit):
                yield _Piece(page, a, b, count_tokens(text[a:b]), current, runs)


def _stretches(length: int, running: Spans) -> Iterator[tuple[int, int, bool]]:
    """The text from its start to its end in parts: what the page says, and what only runs along."""
    at = 0
    for start, end in sorted(running):
        start, end = max(at, start), min(end, length)
        if start < end:
            yield at, start, False
            yield start, end, True
            at = end
    yield at, length, False


def _heading(sentence: str) -> str:
    first, _, rest = sentence[:400].partition("\n")
    # A whole sentence in capitals is loud, not a heading.
    loud = first.isupper() and rest.split("\n", 1)[0].isupper() and len(sentence) > MAX_HEADING
    return "" if loud else heading(first)


def _short_enough(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """The span, or if it has too many tokens, parts of it cut at spaces."""
    if end - start <= limit and end - start <= MAX_PIECE_CHARS:
        yield start, end
        return
    tokens, piece_start = 0, start
    for match in _TOKEN.finditer(text, start, end):
        tokens += 1
        long = match.end() - piece_start > MAX_PIECE_CHARS
        if (tokens > limit and _at_space(text, match.start())) or long or tokens > 2 * limit:
            if match.start() > piece_start:
                yield _without_space(text, piece_start, match.start())
            piece_start, tokens = match.start(), 1
    yield _without_space(text, piece_start, end)


def _at_space(text: str, at: int) -> bool:
    return at > 0 and text[at - 1].isspace()


def _without_space(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
