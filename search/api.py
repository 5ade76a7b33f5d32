"""The API of search."""

from typing import Any, NoReturn
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from cases.access import get_visible
from documents.models import Document
from lexintel.problems import Problem
from search.document_hits import hits_by_page
from search.engine import SearchTimeout, search
from search.page_hits import page_hits, shown_page
from search.query import QueryError, parse
from search.scope import scope_for
from search.serializers import (
    DocumentHitsParameters,
    DocumentHitsSerializer,
    HighlightParameters,
    PageHighlightsSerializer,
    SearchParameters,
    SearchResultSerializer,
    document_hits_json,
    result_json,
)

TOO_SLOW = "The search took too long and was stopped. Name a case, or more and rarer words."


class SearchView(APIView):
    """Find passages in the cases I am a member of."""

    @extend_schema(operation_id="search", parameters=[SearchParameters], responses=SearchResultSerializer)
    def get(self, request: Request) -> Response:
        asked = _checked(SearchParameters, request)
        scope = scope_for(request.user, asked["case"], media_type=asked["media_type"], custodian=asked["custodian"])
        try:
            how = {name: asked[name] for name in ("mode", "limit", "cursor", "group")}
            result = search(asked["q"], scope, **how)
        except QueryError as error:
            _refuse(error)
        except SearchTimeout:
            raise Problem(503, "search_timeout", TOO_SLOW) from None
        here = request.build_absolute_uri()
        following = result.next_cursor and replace_query_param(here, "cursor", result.next_cursor)
        return Response(result_json(result, following))


class DocumentHitsView(APIView):
    """Where in one document the words of a question stand, page by page."""

    @extend_schema(operation_id="document_hits", parameters=[DocumentHitsParameters], responses=DocumentHitsSerializer)
    def get(self, request: Request, document: UUID) -> Response:
        asked = _checked(DocumentHitsParameters, request)
        shown = get_visible(request.user, Document.objects, document)
        try:
            found = hits_by_page(shown, asked["q"], after=asked["after"], limit=asked["limit"])
        except QueryError as error:
            _refuse(error)
        except SearchTimeout:
            raise Problem(503, "search_timeout", TOO_SLOW) from None
        here = request.build_absolute_uri()
        following = replace_query_param(here, "after", found.next_after) if found.next_after else None
        return Response(document_hits_json(found, shown.pk, following))


class PageHighlights(APIView):
    """What to mark on a page for a question: characters of its text, and boxes on its image."""

    @extend_schema(
        operation_id="document_page_highlights",
        parameters=[HighlightParameters],
        responses=PageHighlightsSerializer,
    )
    def get(self, request: Request, document: UUID, number: int) -> Response:
        asked = _checked(HighlightParameters, request)
        page = shown_page(get_visible(request.user, Document.objects, document), number)
        if page is None:
            raise Http404
        try:
            hits = page_hits(page, parse(asked["q"]))
        except QueryError as error:
            _refuse(error)
        return Response({"highlights": hits.highlights, "boxes": hits.boxes})


def _checked(parameters: Any, request: Request) -> dict[str, Any]:
    form = parameters(data=request.query_params)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _refuse(error: QueryError) -> NoReturn:
    raise Problem(400, error.code, error.message) from None
