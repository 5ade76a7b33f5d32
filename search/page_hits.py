"""One page of a document beside a question: what to mark on it."""

from dataclasses import dataclass

from documents.models import Document, Page
from search.highlights import Span, highlight_page
from search.passages import Box, boxes_of
from search.query import Query


@dataclass(frozen=True)
class PageHits:
    """Spans [start, end) of the page's text, and the boxes of the words in them; points, origin top left."""

    highlights: tuple[Span, ...]
    boxes: tuple[Box, ...]


def shown_page(document: Document, number: int) -> Page | None:
    """The page of the version that is shown; a duplicate shows its original's. None if there is no such page."""
    return Page.objects.current().filter(document_id=document.content_id, number=number).first()


def page_hits(page: Page, query: Query) -> PageHits:
    """What to mark on the page; one SQL query."""
    spans = highlight_page(page.text, query)
    return PageHits(tuple(spans), boxes_of(bytes(page.words), spans) if spans else ())
