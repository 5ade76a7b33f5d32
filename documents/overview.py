"""What the page of a document tells besides the document itself: its relatives and its pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from documents.models import Document, Page, PageState
from documents.page_ranges import PageRange, ranges_by_reason

# Longer lists are of no use on a page; their length is told.
MAX_RELATIVES = 100
MAX_RANGES = 200
PAGES_LISTED = 100


@dataclass(frozen=True)
class Relatives:
    """Some documents (at most MAX_RELATIVES) and how many there are."""

    documents: list[Document]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.documents)


@dataclass(frozen=True)
class Overview:
    """All documents here are of the same case as the one they are told of."""

    original: Document | None
    copies: Relatives
    parent: Document | None
    children: Relatives
    unreadable: dict[str, list[PageRange]]
    ranges_left_out: int

    @classmethod
    def of(cls, document: Document) -> Overview:
        in_case = Document.objects.filter(case=document.case_id)
        same = in_case.filter(sha256=document.sha256).exclude(pk=document.pk)
        bad = _pages(document).filter(state=PageState.UNREADABLE)
        runs = ranges_by_reason(bad.order_by("number").values_list("number", "reason"))
        shown = _first_of_each(runs)
        return cls(
            original=in_case.filter(duplicates=document).first(),
            copies=_relatives(same.exclude(duplicates=document)),
            parent=in_case.filter(children=document).first(),
            children=_relatives(in_case.filter(parent=document)),
            unreadable=shown,
            ranges_left_out=sum(map(len, runs.values())) - sum(map(len, shown.values())),
        )


@dataclass(frozen=True)
class PageListing:
    """A stretch of a document's pages, without their texts; `previous` and `next` are where others begin."""

    pages: list[Page]
    total: int
    previous: int | None
    next: int | None


def has_page(document: Document, number: int) -> bool:
    """Whether this page can be looked at."""
    return _pages(document).filter(number=number).exists()


def pages_from(document: Document, first: int) -> PageListing:
    """The pages from number `first` on."""
    pages = _pages(document).order_by("number").only("number", "label", "state", "reason")
    found = list(pages.filter(number__gte=first)[: PAGES_LISTED + 1])
    following = found[PAGES_LISTED].number if len(found) > PAGES_LISTED else None
    previous = max(1, first - PAGES_LISTED) if first > 1 else None
    return PageListing(found[:PAGES_LISTED], _pages(document).count(), previous, following)


def _pages(document: Document) -> QuerySet[Page]:
    return Page.objects.current().filter(document=document.content_id)


def _relatives(documents: QuerySet[Document]) -> Relatives:
    found = list(documents.order_by("created_at", "pk")[:MAX_RELATIVES])
    return Relatives(found, len(found) if len(found) < MAX_RELATIVES else documents.count())


def _first_of_each(runs: dict[str, list[PageRange]]) -> dict[str, list[PageRange]]:
    each = max(1, MAX_RANGES // max(1, len(runs)))
    return {reason: found[:each] for reason, found in runs.items()}
