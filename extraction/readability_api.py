"""The API of the readability ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import get_case
from documents.models import Document
from extraction.readability import Entry, entries, readability_of, troubled, troubles
from lexintel.pagination import CursorPagination

TROUBLE = OpenApiParameter("trouble", str, description="Only this one: a `key` of the case's troubles.")


class CauseSerializer(serializers.Serializer[Any]):
    """What is so, and what to do about it."""

    code = serializers.CharField(source="cause.code")
    message = serializers.CharField(source="cause.message")
    advice = serializers.CharField(source="cause.remedy")
    kind = serializers.ChoiceField(choices=["document", "page", "part"])


class TroubleSerializer(CauseSerializer):
    key = serializers.CharField()
    documents = serializers.IntegerField()
    pages = serializers.IntegerField()


class ReadabilitySerializer(serializers.Serializer[Any]):
    """Pages of a case; `low_confidence` are among the `ocr` ones. `percent` is 100 only if nothing failed."""

    pages = serializers.IntegerField()
    readable = serializers.IntegerField()
    percent = serializers.IntegerField(allow_null=True)
    text = serializers.IntegerField()
    ocr = serializers.IntegerField()
    blank = serializers.IntegerField()
    unreadable = serializers.IntegerField()
    low_confidence = serializers.IntegerField()
    documents = serializers.IntegerField()
    documents_failed = serializers.IntegerField()
    documents_waiting = serializers.IntegerField()


class LedgerSerializer(ReadabilitySerializer):
    troubles = TroubleSerializer(many=True)


class EntrySerializer(CauseSerializer):
    """`pages` are runs `[first, last]`, empty where the trouble is not of single pages."""

    document = serializers.UUIDField(source="document.pk")
    name = serializers.CharField(source="document.name")
    path = serializers.CharField(source="document.path")
    pages = serializers.SerializerMethodField()

    def get_pages(self, entry: Entry) -> list[list[int]]:
        return [[run.first, run.last] for run in entry.pages]


class Readability(generics.GenericAPIView[Document]):
    """How much of a case can be read."""

    serializer_class = LedgerSerializer

    @extend_schema(operation_id="case_readability")
    def get(self, request: Request, case: UUID) -> Response:
        """The figures, and each cause of what could not be read with its remedy."""
        found = get_case(request.user, case)
        figures = ReadabilitySerializer(readability_of(found.pk)).data
        return Response({**figures, "troubles": TroubleSerializer(troubles(found.pk), many=True).data})


class ReadabilityDocuments(generics.GenericAPIView[Document]):
    """What could not be read."""

    serializer_class = EntrySerializer
    pagination_class = CursorPagination
    ordering = "created_at"

    @extend_schema(operation_id="case_readability_documents", parameters=[TROUBLE])
    def get(self, request: Request, case: UUID) -> Response:
        """Document by document, with pages; a document with several causes has a row for each."""
        found = get_case(request.user, case)
        key = request.query_params.get("trouble", "").replace("\0", "")
        page = self.paginate_queryset(troubled(found.pk, key)) or []
        return self.get_paginated_response(EntrySerializer(entries(page, key), many=True).data)
