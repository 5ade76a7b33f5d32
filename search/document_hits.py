"""Search within a document: its pages with hits, in their order, with what stands around the words.

document ─ hit_pages ─▶ page numbers ─▶ a few of them: text ─ highlight ─▶ snippets
                                └─▶ the others, while there is time: how many hits
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from documents.models import Document, Page
from search.deadline import TookTooLong, at_most
from search.highlights import Span, highlight
from search.hit_pages import hit_pages
from search.page_matches import Patience
from search.passages import Snippet
from search.query import Query, parse
from search.retrieval import LANE_SECONDS, SearchTimeout

MOST_SNIPPETS = 3
# Characters before and after the words, and of all the words that share a snippet.
AROUND, MOST_BETWEEN = 120, 400
AT_ONCE = 100


@dataclass(frozen=True)
class PageOfHits:
    """`hits` on the page, and the first of them with their surroundings."""

    number: int
    hits: int
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True)
class DocumentHits:
    """`pages` of the document have hits, `total` in all; fewer than there are unless `counted_all`.

    next_after   after which page the list goes on, None at its end
    """

    query: Query
    total: int
    counted_all: bool
    pages: int
    shown: tuple[PageOfHits, ...]
    next_after: int | None


def hits_by_page(document: Document, text: str, *, after: int = 0, limit: int = 20) -> DocumentHits:
    """The hits on the first `limit` pages behind page `after`; two SQL queries for each AT_ONCE pages with hits, and
    those of hit_pages. Raises QueryError and SearchTimeout."""
    query = parse(text)
    try:
        with at_most(LANE_SECONDS):
            numbers = hit_pages(document.content_id, query)
            wanted = [number for number in numbers if number > after][:limit]
            marked = _marked(document.content_id, wanted, query)
            shown = [PageOfHits(n, len(spans), snippets(text, spans)) for n, text, spans in marked]
            others = sorted(set(numbers) - set(wanted))
            counted, counted_all = _count(document.content_id, others, query)
    except TookTooLong:
        raise SearchTimeout from None
    return DocumentHits(
        query=query,
        total=sum(page.hits for page in shown) + counted,
        counted_all=counted_all,
        pages=len(numbers),
        shown=tuple(shown),
        next_after=wanted[-1] if wanted and wanted[-1] < numbers[-1] else None,
    )


def snippets(text: str, spans: Sequence[Span], most: int = MOST_SNIPPETS) -> tuple[Snippet, ...]:
    """The text around the first spans (sorted, not overlapping), cut between words."""
    runs: list[list[Span]] = []
    for span in spans:
        if runs and span[0] - runs[-1][-1][1] <= 2 * AROUND and span[1] - runs[-1][0][0] <= MOST_BETWEEN:
            runs[-1].append(span)
        elif len(runs) < most:
            runs.append([span])
        else:
            break
    made: list[Snippet] = []
    shown = shown_to = 0
    for run in runs:
        shown += len(run)
        # The next hit has its own snippet, or none.
        border = spans[shown][0] if shown < len(spans) else len(text)
        start, end = max(_start_of_word(text, run[0][0]), shown_to), _end_of_word(text, run[-1][1], border)
        shown_to = end
        made.append(Snippet(text[start:end], tuple((a - start, b - start) for a, b in run)))
    return tuple(made)


def _start_of_word(text: str, at: int) -> int:
    earliest = max(at - AROUND, 0)
    if earliest == 0:
        return 0
    gap = next((n for n in range(earliest, at) if text[n].isspace()), None)
    return earliest if gap is None else gap + 1


def _end_of_word(text: str, at: int, border: int) -> int:
    latest = min(at + AROUND, border)
    if latest == len(text):
        return latest
    gap = next((n for n in range(latest - 1, at - 1, -1) if text[n].isspace()), None)
    return latest if gap is None else gap


def _marked(document_id: UUID, numbers: Sequence[int], query: Query) -> list[tuple[int, str, list[Span]]]:
    if not numbers:
        return []
    rows = list(
        Page.objects.current()
        .filter(document_id=document_id, number__in=numbers)
        .order_by("number")
        .values_list("number", "text")
    )
    marked = highlight([text for _, text in rows], query)
    return [(number, text, spans) for (number, text), spans in zip(rows, marked, strict=True)]


def _count(document_id: UUID, numbers: Sequence[int], query: Query) -> tuple[int, bool]:
    patience, count = Patience(), 0
    for start in range(0, len(numbers), AT_ONCE):
        if patience.is_over():
            return count, False
        count += sum(len(spans) for _, _, spans in _marked(document_id, numbers[start : start + AT_ONCE], query))
    return count, True
