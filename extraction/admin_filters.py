"""Filters that the admins of documents and of jobs share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from extraction.errors import ERRORS


class ErrorFilter(admin.SimpleListFilter):
    """Every code of the table, so that the list says nothing of what others have."""

    title, parameter_name = "error", "error_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, code.replace("_", " ")) for code in sorted(ERRORS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(error_code=self.value())
