"""The pages of search: results, and a document's page with the words marked. They work without JavaScript."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cases.access import get_case, get_visible
from cases.models import Case
from documents.models import Document, Page
from extraction.page_reasons import LOW_CONFIDENCE_BELOW, cause
from search import page_viewer
from search.document_hits import hits_by_page
from search.engine import MODES, SearchResult, SearchTimeout, search
from search.facet_links import address, facet_lists
from search.links import document_search_link, page_link, similar_link
from search.page_hits import shown_page
from search.page_viewer import VIEWS
from search.passages import Passage
from search.query import QueryError
from search.saved_views import opened
from search.scope import scope_for

MODE_LABELS = {"hybrid": "Words and meaning", "lexical": "Words only", "semantic": "Meaning only"}
TOO_SLOW = "This search took too long and was stopped. Search in one case, or with more and rarer words."
# How many rows of the table of pages are shown on either side of the page.
NEIGHBOURS = 100
# How many pages with hits are listed.
HIT_PAGES = 200


@require_safe
def results(request: HttpRequest, case: UUID | None = None) -> HttpResponse:
    """Search in all my cases, or in one."""
    found_case = get_case(request.user, case) if case else None
    question, mode = request.GET.get("q", ""), request.GET.get("mode", "hybrid")
    group = "document" if request.GET.get("group") == "document" else ""
    filters = {name: request.GET.get(name, "").replace("\0", "") for name in ("media_type", "custodian")}
    saved = opened(request.user, request.GET.get("saved", ""))
    context: dict[str, Any] = {
        "case": found_case,
        "question": question.replace("\0", ""),
        "mode": mode if mode in MODES else "hybrid",
        "modes": MODE_LABELS.items(),
        "group": group,
        "filters": {name: value for name, value in filters.items() if value},
        "here": reverse("case-search", args=[case]) if case else reverse("search"),
        "fresh": set(saved.fresh) if saved else set(),
    }
    status = 200
    if question.strip():
        try:
            scope = scope_for(request.user, case or "", **filters)
            result = search(question, scope, mode=mode, cursor=request.GET.get("cursor"), group=group)
        except (QueryError, SearchTimeout) as error:
            status = 400 if isinstance(error, QueryError) else 503
            context["problem"] = error.message if isinstance(error, QueryError) else TOO_SLOW
        else:
            asked = {"q": result.query.raw, "mode": mode, "group": group, **context["filters"]}
            asked |= {"saved": str(saved.pk)} if saved else {}
            context |= _answer(result, asked, found_case, paged=bool(request.GET.get("cursor")))
    return render(request, "search/results.html", context, status=status)


def _answer(result: SearchResult, asked: dict[str, str], case: Case | None, *, paged: bool) -> dict[str, Any]:
    """What the page of results shows; `asked`: the parameters of its address, without a cursor."""
    within, question = case.pk if case else None, result.query.raw

    def linked(passage: Passage) -> tuple[Passage, str, str]:
        similar = similar_link(passage.document_id, passage.span.page_from, passage.span.char_from)
        return passage, page_link(passage.document_id, passage.page, question), similar

    return {
        "result": result,
        "passages": [linked(passage) for passage in result.passages],
        "groups": [
            (group, document_search_link(group.best.document_id, question), [linked(p) for p in group.passages])
            for group in result.groups
        ],
        "facets": facet_lists(result.facets, asked, case),
        "other_grouping": address(asked | {"group": "" if asked["group"] else "document"}, within),
        "instead": result.instead and address(asked | {"q": result.instead}, within),
        "everywhere": address(asked) if case else "",
        "next": result.next_cursor and address(asked | {"cursor": result.next_cursor}, within),
        "first": address(asked, within) if paged else "",
    }


@require_safe
def document_search(request: HttpRequest, document: UUID) -> HttpResponse:
    """The hits in one document, page by page."""
    shown = get_visible(request.user, Document.objects.select_related("case"), document)
    question, said = request.GET.get("q", "").replace("\0", ""), request.GET.get("after", "")
    after = int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else 0
    context: dict[str, Any] = {"document": shown, "case": shown.case, "question": question}
    status = 200
    if question.strip():
        try:
            found = hits_by_page(shown, question, after=after)
        except (QueryError, SearchTimeout) as error:
            status = 400 if isinstance(error, QueryError) else 503
            context["problem"] = error.message if isinstance(error, QueryError) else page_viewer.TOO_SLOW
        else:
            asked, here = {"q": found.query.raw}, reverse("document-search", args=[shown.pk])
            context |= {
                "found": found,
                "pages": [(page, page_link(shown.pk, page.number, found.query.raw)) for page in found.shown],
                "next": found.next_after and f"{here}?{urlencode(asked | {'after': found.next_after})}",
                "first": f"{here}?{urlencode(asked)}" if after else "",
            }
    return render(request, "search/document.html", context, status=status)


@require_safe
def document_page(request: HttpRequest, document: UUID, number: int) -> HttpResponse:
    """One page of a document: its picture and its text, with the words of `q` marked on both."""
    shown = get_visible(request.user, Document.objects.select_related("case", "parent"), document)
    page = shown_page(shown, number)
    numbers = Page.objects.current().filter(document_id=shown.content_id)
    total = numbers.count()
    if page is None and (total or number != 1):
        raise Http404
    printed = page_viewer.has_picture(shown, page)
    ways = page_viewer.ways(shown, request.GET, printed=printed)
    context: dict[str, Any] = {
        "document": shown,
        "case": shown.case,
        "page": page,
        "number": number,
        "total": total,
        "question": ways.question,
        "printed": printed,
        "view": ways.view,
        "zoom": ways.zoom,
        "previous": ways.to(number - 1) if number > 1 else None,
        "next": ways.to(number + 1) if number < total else None,
        "states": [
            (row, ways.to(row.number), cause(row.reason, of_page=True) if row.reason else None)
            for row in numbers.filter(number__range=(number - NEIGHBOURS, number + NEIGHBOURS))
            .order_by("number")
            .only("number", "label", "state", "reason", "chars", "confidence")
        ],
    }
    if page:
        context |= _sheet(shown, page, ways, request.GET.get("hit", "")) | {
            "views": [(name, label, ways.shown_as(view=name).to(number)) for name, label in VIEWS.items()],
            "zooms": {name: way and way.to(number) for name, way in page_viewer.zooms(ways).items()},
            "neighbours": [n for n in (number + 1, number - 1) if 1 <= n <= total],
        }
    return render(request, "documents/page.html", context)


def _sheet(document: Document, page: Page, ways: page_viewer.Ways, asked: str) -> dict[str, Any]:
    hits = page_viewer.hits_of(page, ways.question)
    current = page_viewer.current_hit(asked, len(hits.spans))
    previous, next_ = page_viewer.steps(ways, page.number, hits, current)
    return {
        "sheet": page_viewer.Sheet.of(document, page, hits, current, ways),
        "current": current,
        "hits": len(hits.spans),
        "hit_pages": [(n, ways.hit(n, 1)) for n in hits.pages[:HIT_PAGES]],
        "hit_pages_count": len(hits.pages),
        "hit_place": hits.place(page.number),
        "previous_hit": previous,
        "next_hit": next_,
        "all_hits": document_search_link(document.pk, ways.question),
        "problem": hits.problem,
        "reason": cause(page.reason, of_page=True) if page.reason else None,
        "unsure": page.confidence is not None and page.confidence < LOW_CONFIDENCE_BELOW,
    }
