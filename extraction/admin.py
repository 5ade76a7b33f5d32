"""The ledger of work for administrators: who is at what, since when, what failed, and trying it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from cases.models import Case, Role
from cases.walled_admin import CaseFilter, WalledAdmin
from documents.admin_actions import Question, ask, confirmed
from documents.models import Document
from extraction.admin_filters import ErrorFilter
from extraction.errors import ERRORS
from extraction.ledger_figures import figures_by_case
from extraction.models import ExtractionJob, JobStage, JobState
from extraction.reprocess import reprocess


class JobCaseFilter(CaseFilter):
    case_path = "document__case"


@admin.register(ExtractionJob)
class ExtractionJobAdmin(WalledAdmin):
    """Only to look at: a job's state moves by the ledger's own updates."""

    case_path = "document__case"
    change_role = Role.REVIEWER
    list_before_template = "extraction/ledger_figures.html"
    list_display = ["document", "stage", "state", "tries", "lease", "error_code", "not_before", "created_at"]
    list_filter = ["state", "stage", ErrorFilter, JobCaseFilter]
    list_select_related = ["document"]
    search_fields = ["document__name", "lease_owner"]
    search_help_text = "Part of the document's name, or the worker that holds the lease."
    ordering = ["-created_at", "-pk"]
    actions = ["release", "try_again"]
    fields = readonly_fields = [
        "id",
        "document",
        "stage",
        "state",
        "tries",
        "interruptions",
        "lease",
        "lease_owner",
        "lease_until",
        "fence",
        "not_before",
        "enqueued_at",
        "version",
        "options",
        "error",
        "error_class",
        "timings",
        "extractor_version",
        "created_at",
        "started_at",
        "finished_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        left = ExpressionWrapper(F("lease_until") - Now(), output_field=DurationField())
        return super().get_queryset(request).select_related("document__case").annotate(lease_left=left)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        cases = {case.pk: case for case in Case.objects.visible_to(request.user)}
        work = [(cases[case], figures) for case, figures in figures_by_case(cases).items()]
        work.sort(key=lambda each: -each[1].oldest_queued_s)
        return super().changelist_view(request, {**(extra_context or {}), "work": work})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_again_permission(self, request: HttpRequest) -> bool:
        """Django's permission to change jobs; in which cases, the actions ask themselves."""
        return request.user.has_perm("extraction.change_extractionjob")

    @admin.action(description="Release from quarantine", permissions=["again"])
    def release(self, request: HttpRequest, queryset: Any) -> HttpResponseBase | None:
        return self._again(request, queryset, "release", "Release", JobState.QUARANTINED)

    @admin.action(description="Try failed ones again", permissions=["again"])
    def try_again(self, request: HttpRequest, queryset: Any) -> HttpResponseBase | None:
        return self._again(request, queryset, "try_again", "Try again", JobState.FAILED)

    def _again(
        self, request: HttpRequest, queryset: Any, action: str, verb: str, state: JobState
    ) -> HttpResponseBase | None:
        jobs = ExtractionJob.objects.filter(pk__in=queryset.values("pk"), state=state)
        allowed = Document.objects.visible_to(request.user, Role.REVIEWER)
        if not confirmed(request):
            documents = allowed.filter(pk__in=jobs.values("document"))
            return ask(request, self, Question(action, verb, verb, documents, queryset.count()))
        count, done = 0, set[UUID]()
        # Reading again leads to indexing again: a document is begun at the earliest stage that was chosen.
        for stage in JobStage.values:
            chosen = set(jobs.filter(stage=stage).values_list("document_id", flat=True)) - done
            count += reprocess(allowed.filter(pk__in=chosen), from_stage=stage)
            done |= chosen
        self.message_user(request, f"{count} queued to be tried again.", messages.SUCCESS)
        return None

    @admin.display(description="try", ordering="attempt")
    def tries(self, job: ExtractionJob) -> str:
        return f"{job.attempt} of {job.max_attempts}"

    @admin.display(description="lease", ordering="lease_until")
    def lease(self, job: ExtractionJob) -> str:
        left: timedelta | None = job.lease_left  # type: ignore[attr-defined]
        if left is None:
            return "–"
        if left < timedelta(0):
            return f"ran out {-left.total_seconds():.0f} s ago"
        age = settings.LEXINTEL_LEASE_S - left.total_seconds()
        return f"renewed {max(0, age):.0f} s ago"

    @admin.display(description="error")
    def error(self, job: ExtractionJob) -> str:
        kind = ERRORS.get(job.error_code)
        return f"{kind.message} ({kind.code})" if kind else job.error_code or "–"
