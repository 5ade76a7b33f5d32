"""What a list of documents can be narrowed to."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from documents.models import Document, Status

ORDERINGS = ["created_at", "-created_at", "name", "-name", "size", "-size", "status", "-status"]


class DocumentFilter(django_filters.FilterSet):
    """`q` finds a part of the name or path; `ordering` is read by the view, and checked here."""

    case = django_filters.UUIDFilter(field_name="case_id")
    batch = django_filters.UUIDFilter(field_name="batch_id")
    status = django_filters.MultipleChoiceFilter(choices=Status.choices)
    media_type = django_filters.CharFilter()
    error_code = django_filters.CharFilter()
    q = django_filters.CharFilter(method="named", max_length=300, label="Part of the name or path")
    ordering = django_filters.ChoiceFilter(
        choices=[(o, o) for o in ORDERINGS], method="as_it_is", label="Order; - first for descending"
    )

    class Meta:
        model = Document
        fields: list[str] = []

    def named(self, documents: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        return documents.filter(Q(name__icontains=value) | Q(path__icontains=value))

    def as_it_is(self, documents: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        return documents
