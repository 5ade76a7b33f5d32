"""The API of batches: how far what was added at one go is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import get_case, get_visible
from documents.models import Batch
from extraction.batches import BatchProgress, progress_of


class BatchSerializer(serializers.Serializer[Any]):
    """Documents by what became of them, members of archives and e-mails and duplicates counted.

    `percent` is 100 only if nothing is `left`; `attention` are the partial and the failed ones.
    """

    id = serializers.UUIDField()
    case = serializers.UUIDField(source="case_id")
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    documents = serializers.IntegerField()
    done = serializers.IntegerField()
    left = serializers.IntegerField()
    ready = serializers.IntegerField()
    partial = serializers.IntegerField()  # type: ignore[assignment]
    failed = serializers.IntegerField()
    attention = serializers.IntegerField()
    percent = serializers.IntegerField()
    eta_range_s = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField(), allow_null=True))
    def get_eta_range_s(self, batch: BatchProgress) -> list[int] | None:
        """Between how many and how many seconds until nothing is left, four times of five; null if unknown."""
        return [batch.eta.low, batch.eta.high] if batch.eta else None


class BatchList(generics.GenericAPIView[Batch]):
    """What was added to a case at one go."""

    serializer_class = BatchSerializer
    ordering = "-created_at"

    def get_queryset(self) -> QuerySet[Batch]:
        # Those whose documents are all deleted are of no interest any more.
        return Batch.objects.visible_to(self.request.user).filter(documents__isnull=False).distinct()

    @extend_schema(operation_id="case_batches_list", responses=BatchSerializer(many=True))
    def get(self, request: Request, case: UUID) -> Response:
        """Newest first."""
        get_case(request.user, case)
        page = self.paginate_queryset(self.get_queryset().filter(case=case)) or []
        found = progress_of(page)
        rows = [found[batch.pk] for batch in page if batch.pk in found]
        return self.get_paginated_response(BatchSerializer(rows, many=True).data)


class BatchDetail(generics.GenericAPIView[Batch]):
    """One batch."""

    serializer_class = BatchSerializer

    @extend_schema(operation_id="case_batches_retrieve")
    def get(self, request: Request, case: UUID, batch: UUID) -> Response:
        found: Batch = get_visible(request.user, Batch.objects, batch)
        progress = progress_of([found]).get(found.pk)
        if found.case_id != case or progress is None:
            raise Http404
        return Response(BatchSerializer(progress).data)
