"""Documents for administrators: what is stuck, why, and doing it again. Texts are not shown here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline

from cases.models import Role
from cases.walled_admin import CaseFilter, WalledAdmin
from documents.admin_actions import Question, ask, confirmed
from documents.models import Document, Page
from documents.naming import rename
from extraction.admin_filters import ErrorFilter
from extraction.errors import ERRORS
from extraction.models import ExtractionJob
from extraction.names import clean_name
from extraction.removal import remove_and_announce
from extraction.reprocess import reprocess

EDITABLE = ["name", "custodian", "source"]


class ReadOnlyInline(TabularInline):  # type: ignore[misc]
    """Rows to look at."""

    extra = 0
    per_page = 50
    can_delete = False
    hide_title = True
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PageInline(ReadOnlyInline):
    model = Page
    fields = readonly_fields = ["at", "label", "state", "reason", "chars", "confidence"]
    ordering = ["number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(version=F("document__version")).defer("text", "words", "tables")

    @admin.display(description="page")
    def at(self, page: Page) -> str:
        url = reverse("document-page", args=[page.document_id, page.number])
        return format_html('<a href="{}">{}</a>', url, page.number)


class JobInline(ReadOnlyInline):
    model = ExtractionJob
    fields = readonly_fields = ["stage", "state", "attempt", "error_code", "started_at", "finished_at"]
    ordering = ["-created_at"]


class MediaTypeFilter(admin.SimpleListFilter):
    """The types that my documents have. Django's own filter would offer those of every case."""

    title, parameter_name = "type", "media_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        types = Document.objects.visible_to(request.user).order_by("media_type").values_list("media_type", flat=True)
        return [(found, found) for found in types.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(media_type=self.value())


@admin.register(Document)
class DocumentAdmin(WalledAdmin):
    change_role = Role.REVIEWER
    delete_role = Role.MANAGER
    list_display = ["name", "case", "status", "stage", "job", "error_code", "page_count", "media_type", "created_at"]
    list_filter = [CaseFilter, "status", "stage", MediaTypeFilter, ErrorFilter]
    list_select_related = ["case"]
    search_fields = ["name", "path", "custodian", "=sha256"]
    search_help_text = "Part of the name, path or custodian, or the whole SHA-256."
    ordering = ["-created_at", "-pk"]
    date_hierarchy = None
    inlines = [JobInline, PageInline]
    actions = ["read_again"]
    readonly_fields = [
        "case",
        "shown",
        "status",
        "stage",
        "error",
        "warnings",
        "path",
        "media_type",
        "bytes",
        "sha256",
        "page_count",
        "pages_done",
        "version",
        "extractor_version",
        "timings",
        "parent",
        "duplicate_of",
        "uploaded_by",
        "created_at",
        "finished_at",
    ]
    fields = [*EDITABLE, *readonly_fields]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        jobs = ExtractionJob.objects.filter(document=OuterRef("pk")).order_by("-created_at", "-pk")
        latest = jobs.annotate(told=Concat("stage", Value(", "), "state", output_field=CharField()))
        return super().get_queryset(request).annotate(job_=Subquery(latest.values("told")[:1]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Documents come in through intake, with their content.
        return False

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        changed = {name: form.cleaned_data[name] for name in EDITABLE if name in form.changed_data}
        if "name" in changed:
            changed["name"] = clean_name(changed["name"])
        rename(obj, **changed)

    def delete_model(self, request: HttpRequest, obj: Document) -> None:
        remove_and_announce(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for pk in list(queryset.values_list("pk", flat=True)):
            # One at a time: an earlier one may have taken it along, or made it an original.
            with transaction.atomic():
                if document := Document.objects.filter(pk=pk).first():
                    remove_and_announce(document)

    @admin.action(description="Read again", permissions=["change"])
    def read_again(self, request: HttpRequest, queryset: Any) -> HttpResponseBase | None:
        allowed = Document.objects.visible_to(request.user, Role.REVIEWER).filter(pk__in=queryset.values("pk"))
        if not confirmed(request):
            question = Question("read_again", "Read again", "Read again", allowed, queryset.count())
            return ask(request, self, question)
        count = reprocess(allowed)
        self.message_user(request, f"{count} queued to be read again.", messages.SUCCESS)
        return None

    @admin.display(description="job")
    def job(self, document: Document) -> str:
        return document.job_ or "–"  # type: ignore[attr-defined]

    @admin.display(description="page")
    def shown(self, document: Document) -> str:
        return format_html('<a href="{}">Open the document</a>', reverse("document", args=[document.pk]))

    @admin.display(description="error")
    def error(self, document: Document) -> str:
        kind = ERRORS.get(document.error_code)
        return f"{kind.message} {kind.advice} ({kind.code})" if kind else document.error_code or "–"

    @admin.display(description="size")
    def bytes(self, document: Document) -> str:
        told = filesizeformat(document.size)
        return told if document.size < 1024 else f"{told} ({document.size:,} bytes)"
