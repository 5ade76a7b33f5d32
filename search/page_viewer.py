"""What the page viewer shows of one page: its picture, its text, the hits on both, and where to go from there.

All of its state is in the address: `q` what is looked for, `hit` which hit, `view` what is shown, `zoom` how large.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from documents.models import Document, Page
from extraction.readers.rendering import has_pages_to_show
from search.cites import called, cite, lines_of, numbered_lines, page_called
from search.deadline import TookTooLong, at_most
from search.engine import LANE_SECONDS
from search.highlights import Span, highlight_page
from search.hit_pages import hit_pages
from search.page_boxes import MarkBox, mark_boxes
from search.page_layers import Piece, hidden_reasons, hidden_spans, layers
from search.query import QueryError, parse

VIEWS = {"both": "Page and text", "page": "Page", "text": "Text"}
# Per cent of the width that there is; 100 fits.
ZOOMS = (50, 75, 100, 125, 150, 200, 300)
TOO_SLOW = "This search took too long and was stopped. Search with more and rarer words."
MAX_QUESTION = 10_000
# The widths that extraction.page_images makes and a screen asks for.
PICTURE_WIDTHS = (480, 900, 1400, 2200)


@dataclass(frozen=True)
class Ways:
    """Addresses of pages of one document that keep what is looked for and how it is shown."""

    document: Document
    question: str
    view: str
    zoom: int

    def to(self, number: int, hit: int | str = "", anchor: str = "") -> str:
        """Page `number`; at one of its hits, if one is named."""
        asked = {"q": self.question, "hit": hit, "view": self.view if self.view != "both" else ""}
        asked |= {"zoom": self.zoom if self.zoom != 100 else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        path = reverse("document-page", args=[self.document.pk, number])
        return path + (f"?{query}" if query else "") + (f"#{anchor}" if anchor else "")

    def hit(self, number: int, hit: int | str) -> str:
        """A hit of page `number`, at the place where it is shown."""
        return self.to(number, hit, f"{'box' if self.view == 'page' else 'hit'}-{hit}")

    def shown_as(self, *, view: str = "", zoom: int = 0) -> Ways:
        """The same, shown in another way."""
        return replace(self, view=view or self.view, zoom=zoom or self.zoom)


@dataclass(frozen=True)
class Hits:
    """`spans` of this page's text; `pages` with hits of the document; `problem`: why there are none, in words."""

    spans: Sequence[Span] = ()
    pages: Sequence[int] = ()
    problem: str = ""

    def place(self, number: int) -> int | None:
        """Which of the pages with hits this one is, from 1."""
        at = bisect_left(self.pages, number)
        return at + 1 if at < len(self.pages) and self.pages[at] == number else None


@dataclass(frozen=True)
class Step:
    """The way to a hit before or after: on this page, or on page `page`."""

    url: str
    page: int | None


def ways(document: Document, asked: QueryDict, *, printed: bool) -> Ways:
    """What an address asks for; of what it gets wrong, what is shown without it."""
    view, zoom = asked.get("view", ""), asked.get("zoom", "")
    return Ways(
        document=document,
        question=asked.get("q", "").replace("\0", "")[:MAX_QUESTION].strip(),
        view=(view if view in VIEWS else "both") if printed else "both",
        zoom=int(zoom) if zoom in map(str, ZOOMS) else 100,
    )


def has_picture(document: Document, page: Page | None) -> bool:
    """Whether there is a printed form to look at."""
    return page is not None and page.width > 0 and page.height > 0 and has_pages_to_show(document.media_type)


def hits_of(page: Page, question: str) -> Hits:
    """The marks, and the pages with hits; a question that cannot be read marks nothing."""
    if not question:
        return Hits()
    try:
        query = parse(question)
        with at_most(LANE_SECONDS):
            return Hits(highlight_page(page.text, query), hit_pages(page.document_id, query))
    except QueryError as error:
        return Hits(problem=error.message)
    except TookTooLong:
        return Hits(problem=TOO_SLOW)


def current_hit(asked: str, count: int) -> int:
    """Which of the page's hits is meant, from 1; 0 if there are none."""
    if asked == "last":
        return count
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1
    return max(min(number, count), min(count, 1))


def steps(to: Ways, number: int, hits: Hits, current: int) -> tuple[Step | None, Step | None]:
    """The ways to the hit before and the one after, over the ends of the page."""
    before, after = bisect_left(hits.pages, number), bisect_right(hits.pages, number)
    previous = next_ = None
    if current > 1:
        previous = Step(to.hit(number, current - 1), None)
    elif before:
        page = hits.pages[before - 1]
        previous = Step(to.to(page, "last"), page)
    if current < len(hits.spans):
        next_ = Step(to.hit(number, current + 1), None)
    elif after < len(hits.pages):
        page = hits.pages[after]
        next_ = Step(to.hit(page, 1), page)
    return previous, next_


@dataclass(frozen=True)
class Sheet:
    """A page ready to be shown. `hit_boxes`, `hidden_boxes` lie on its picture; `hidden` says why text is not seen;
    `is_fixed`: columns are made of blanks. `cite_base` is what the numbers of selected lines are added to."""

    pieces: list[Piece]
    hit_boxes: list[MarkBox]
    hidden_boxes: list[MarkBox]
    hidden: list[str]
    has_lines: bool
    is_fixed: bool
    cite: str
    cite_base: str
    picture: str
    picture_set: str
    picture_sizes: str

    @classmethod
    def of(cls, document: Document, page: Page, hits: Hits, current: int, to: Ways) -> Sheet:
        words, marks = bytes(page.words), page.marks
        drawn = has_picture(document, page) and to.view != "text"
        chosen = [hits.spans[current - 1]] if current else []
        name, number, numbered = called(document), page_called(document, page), bool(numbered_lines(marks))
        picture = reverse("api-page-image", args=[document.pk, page.number]) if drawn else ""
        return cls(
            pieces=layers(page.text, marks, hits.spans),
            hit_boxes=mark_boxes(words, hits.spans) if drawn else [],
            hidden_boxes=mark_boxes(words, hidden_spans(marks)) if drawn else [],
            hidden=hidden_reasons(marks),
            has_lines=numbered,
            is_fixed=document.media_type == "text/plain",
            cite=cite(name, number, lines_of(marks, chosen), has_lines=numbered),
            cite_base=f"{name} {number}",
            picture=f"{picture}?width={_width(to.zoom)}" if drawn else "",
            picture_set=", ".join(f"{picture}?width={w} {w}w" for w in PICTURE_WIDTHS) if drawn else "",
            picture_sizes=_sizes(to),
        )


def zooms(to: Ways) -> dict[str, Any]:
    """Addresses of the next smaller and larger picture, None at either end, and of one that fits."""
    at = ZOOMS.index(to.zoom)
    return {
        "smaller": to.shown_as(zoom=ZOOMS[at - 1]) if at else None,
        "larger": to.shown_as(zoom=ZOOMS[at + 1]) if at + 1 < len(ZOOMS) else None,
        "fit": to.shown_as(zoom=100) if to.zoom != 100 else None,
    }


def _width(zoom: int) -> int:
    return 900 if zoom <= 100 else 1400 if zoom <= 150 else 2200


def _sizes(to: Ways) -> str:
    """How wide the picture is drawn, for the browser's choice among the widths: beside the text half the page."""
    share = (0.46 if to.view == "both" else 0.92) * to.zoom / 100
    widest = (600 if to.view == "both" else 1180) * to.zoom // 100
    return f"(max-width: 60rem) {round(92 * to.zoom / 100)}vw, min({round(share * 100)}vw, {widest}px)"
