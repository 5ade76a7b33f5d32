"""The page of what is similar to a document or a passage. It works without JavaScript."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cases.access import get_visible
from documents.models import Document
from search.deadline import TookTooLong
from search.links import page_link, similar_link
from search.similar import Neighbours
from search.similar_api import TOO_SLOW, SimilarParameters, neighbours

SHOWN = 20


@require_safe
def similar(request: HttpRequest, document: UUID) -> HttpResponse:
    """`?page=3&char=120`: to the passage there; without them to the document."""
    found = get_visible(request.user, Document.objects.select_related("case"), document)
    form = SimilarParameters(data=request.GET)
    # An address that makes no sense is that of the document.
    asked: dict[str, Any] = form.validated_data if form.is_valid() else {"page": None, "char": 0}
    status = 200
    try:
        result = neighbours(found, asked["page"], asked["char"], SHOWN)
    except TookTooLong:
        result, status = Neighbours(problem=TOO_SLOW), 503
    context = {
        "document": found,
        "case": found.case,
        "asked": asked,
        "result": result,
        "of": result.of and (result.of, page_link(found.pk, result.of.page)),
        "rows": [
            (
                one,
                page_link(one.document_id, one.at.page),
                similar_link(one.document_id, *([one.at.page, one.at.char] if result.of else [])),
            )
            for one in result.nearest
        ],
    }
    return render(request, "search/similar.html", context, status=status)
