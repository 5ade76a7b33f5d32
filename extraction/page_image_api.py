"""The API of pages as pictures."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from cases.access import get_visible
from documents.models import Document, Page
from documents.serializers import described_error
from extraction.errors import PermanentError, RetryableError
from extraction.page_images import fitting, page_image
from lexintel.problems import Problem

DEFAULT_WIDTH, MAX_WIDTH = 900, 4000


class PageImage(APIView):
    """A page as a picture (WebP), for the viewer."""

    @extend_schema(
        operation_id="document_page_image",
        parameters=[OpenApiParameter("width", int, description="Pixels; the next larger of a few widths is made.")],
        responses={(200, "image/webp"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, document: UUID, number: int) -> HttpResponse:
        """404 with a code where a page has no printed form, or its file cannot be opened."""
        found: Document = get_visible(request.user, Document.objects, document)
        pages = Page.objects.current().filter(document=found.content_id, number=number)
        page = pages.select_related("document").defer("text", "words", "tables").first()
        if page is None:
            raise Http404
        width = _width(request.query_params.get("width", ""))
        tag = f'"{page.document.sha256[:32]}-{number}-{fitting(width)}"'
        if request.headers.get("If-None-Match") == tag:
            return HttpResponse(status=304)
        try:
            response = HttpResponse(page_image(page, width), content_type="image/webp")
        except PermanentError as error:
            raise Problem(404, error.code, (described_error(error.code) or {})["message"]) from None
        except RetryableError as error:
            message = (described_error(error.code) or {})["message"]
            raise Problem(503, error.code, message, headers={"Retry-After": "5"}) from None
        response["ETag"] = tag
        # Whoever loses access must not find it in a shared cache; the browser asks again each time.
        response["Cache-Control"] = "private, no-cache"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response


def _width(given: str) -> int:
    if not given:
        return DEFAULT_WIDTH
    try:
        width = int(given)
    except ValueError:
        width = 0
    if not 1 <= width <= MAX_WIDTH:
        raise Problem(400, "invalid_width", f"The width is a number of pixels from 1 to {MAX_WIDTH}.")
    return width
