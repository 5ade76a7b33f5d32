"""The API of documents and their pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import get_visible
from cases.models import Role
from cases.permission import require
from documents import storage
from documents.download import attachment
from documents.filters import DocumentFilter
from documents.models import Document, Page
from documents.naming import rename
from documents.serializers import DocumentSerializer, PageSerializer, PageWithWordsSerializer, described_error, shown
from extraction.removal import remove_and_announce
from lexintel.problems import Problem


class DocumentList(generics.GenericAPIView[Document]):
    """The documents of my cases."""

    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter

    @property
    def ordering(self) -> str:
        # The filter has refused what is not in its list by the time rows are ordered.
        return self.request.query_params.get("ordering") or "-created_at"

    def get_queryset(self) -> QuerySet[Document]:
        return Document.objects.visible_to(self.request.user)

    @extend_schema(operation_id="documents_list", responses=DocumentSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(shown(page))


class DocumentDetail(generics.GenericAPIView[Document]):
    """One document."""

    serializer_class = DocumentSerializer

    def get(self, request: Request, document: UUID) -> Response:
        return Response(shown([get_visible(request.user, Document.objects, document)])[0])

    def patch(self, request: Request, document: UUID) -> Response:
        """Change name, custodian or source; for reviewers."""
        found = require(request.user, Document.objects, document, Role.REVIEWER)
        form = DocumentSerializer(found, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return Response(shown([rename(found, **form.validated_data)])[0])

    def delete(self, request: Request, document: UUID) -> Response:
        """Delete it, and with an archive its members; for managers. A duplicate of it takes its place."""
        found = require(request.user, Document.objects, document, Role.MANAGER)
        remove_and_announce(found)
        return Response(status=204)


class DocumentFile(generics.GenericAPIView[Document]):
    """The original, as it came in."""

    serializer_class = DocumentSerializer

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, document: UUID) -> StreamingHttpResponse:
        """The bytes of the original; always an attachment."""
        found = get_visible(request.user, Document.objects, document)
        try:
            file, size = storage.stream_blob(found.sha256)
        except storage.BlobMissing:
            raise _problem(410, "storage_corrupt") from None
        except storage.StorageError as error:
            raise _problem(503, error.code) from None
        if size != found.size:
            file.close()
            raise _problem(410, "storage_corrupt")
        return attachment(request._request, file, name=found.name, media_type=found.media_type, size=found.size)


class PageList(generics.GenericAPIView[Page]):
    """The pages of a document; a duplicate shows those of its original."""

    serializer_class = PageSerializer
    # For the description of the API only.
    queryset = Page.objects.none()
    ordering = "number"

    def get_queryset(self) -> QuerySet[Page]:
        return pages_of(get_visible(self.request.user, Document.objects, self.kwargs["document"]))

    @extend_schema(responses=PageSerializer(many=True))
    def get(self, request: Request, document: UUID) -> Response:
        page = self.paginate_queryset(self.get_queryset().defer("words"))
        return self.get_paginated_response(PageSerializer(page, many=True).data)


class PageDetail(generics.GenericAPIView[Page]):
    """One page, counted from 1."""

    serializer_class = PageWithWordsSerializer

    @extend_schema(parameters=[OpenApiParameter("words", bool, description="1: with words and where they are")])
    def get(self, request: Request, document: UUID, number: int) -> Response:
        pages = pages_of(get_visible(request.user, Document.objects, document))
        found = pages.filter(number=number).first()
        if found is None:
            raise Http404
        with_words = request.query_params.get("words") in ("1", "true")
        form: Any = PageWithWordsSerializer if with_words else PageSerializer
        return Response(form(found).data)


def pages_of(document: Document) -> QuerySet[Page]:
    """The pages that are shown for a document."""
    return Page.objects.current().filter(document=document.content_id)


def _problem(status: int, code: str) -> Problem:
    error = described_error(code) or {}
    return Problem(status, code, f"{error['message']} {error['advice']}")
