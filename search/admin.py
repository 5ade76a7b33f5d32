"""Search term reports for administrators. Saved searches are their owners' and not shown here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from cases.walled_admin import CaseFilter, WalledAdmin
from search.models import TermReport
from search.term_report import has_changed


@admin.register(TermReport)
class TermReportAdmin(WalledAdmin):
    """To look at and to delete; what was counted is never changed."""

    list_display = ["name", "case", "documents", "created_by", "created_at"]
    list_filter = [CaseFilter]
    list_select_related = ["case", "created_by"]
    search_fields = ["name"]
    search_help_text = "Part of the name."
    ordering = ["-created_at", "-pk"]
    fields = readonly_fields = [
        "name",
        "case",
        "shown",
        "documents",
        "searched",
        "changed",
        "fingerprint",
        "seconds",
        "created_by",
        "created_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("rows")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="page")
    def shown(self, report: TermReport) -> str:
        return format_html('<a href="{}">Open the report</a>', reverse("term-report", args=[report.case_id, report.pk]))

    @admin.display(description="documents found")
    def documents(self, report: TermReport) -> str:
        return f"{report.totals['documents']:,}"

    @admin.display(description="documents searched")
    def searched(self, report: TermReport) -> str:
        return f"{report.coverage['documents_searched']:,}"

    @admin.display(description="the record has changed since", boolean=True)
    def changed(self, report: TermReport) -> bool:
        return has_changed(report)
