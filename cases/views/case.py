"""The page of one case: what is in it, how far it is, and every document of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cases.access import at_least, get_case, role_in
from cases.forms import CaseDeleteForm, CaseEditForm
from cases.models import Case, Role
from cases.permission import require_case
from cases.views.document_rows import document_rows
from cases.views.paging import stretch
from documents.counts import case_counts
from documents.filters import DocumentFilter
from documents.models import Document, Status
from documents.removal import remove_case
from extraction.batches import current_batches
from extraction.pace import in_words
from extraction.progress import database_time_us
from extraction.waiting import until_done
from search.coverage import coverage_of
from search.scope import scope_for

ORDERINGS = {
    "-created_at": "Newest first",
    "created_at": "Oldest first",
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "-size": "Largest first",
    "status": "Status",
}


@require_safe
def case_page(request: HttpRequest, case: UUID) -> HttpResponse:
    """Everything in a case; `?status=&q=&ordering=&cursor=` narrow and order its documents."""
    found = get_case(request.user, case)
    context = case_context(request, found) | _in_it(request, found)
    if context["may_add"]:
        context |= {"custodians": _custodians(found), "max_bytes": settings.LEXINTEL_MAX_UPLOAD_MB << 20}
    return render(request, "cases/case.html", context)


@require_safe
@never_cache
def live(request: HttpRequest, case: UUID) -> HttpResponse:
    """The parts of `case_page` that change while documents are read, with the same filters."""
    found = get_case(request.user, case)
    return render(request, "cases/live.html", case_context(request, found) | _in_it(request, found))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, case: UUID) -> HttpResponse:
    """Change what a case is called, close it or open it again; for managers."""
    found = require_case(request.user, case, Role.MANAGER)
    form = CaseEditForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        form.save()
        messages.success(request, "The changes are saved.")
        return redirect("case", found.pk)
    # The form has put what was typed into `found`; the page's head shows what is so.
    context = case_context(request, get_case(request.user, case)) | {"form": form}
    return render(request, "cases/case_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, case: UUID) -> HttpResponse:
    """Ask for the reference, then delete the case with all that is in it; for managers."""
    found = require_case(request.user, case, Role.MANAGER)
    form = CaseDeleteForm(request.POST if request.method == "POST" else None, case=found)
    if form.is_valid():
        remove_case(found)
        messages.success(request, f"The case “{found.name}” is deleted.")
        return redirect("home")
    context = case_context(request, found) | {"form": form, "counts": case_counts([case])[case]}
    return render(request, "cases/case_delete.html", context, status=422 if form.errors else 200)


def case_context(request: HttpRequest, case: Case) -> dict[str, Any]:
    """The case, and what may be done in it."""
    role = role_in(request.user, case)
    return {"case": case, "may_add": at_least(role, Role.REVIEWER), "may_manage": at_least(role, Role.MANAGER)}


def _in_it(request: HttpRequest, case: Case) -> dict[str, Any]:
    # Before the rows are read: an event that is newer than this is newer than what they say.
    at_ms = database_time_us() // 1000
    wanted = DocumentFilter(request.GET, Document.objects.filter(case=case))
    wanted.form.is_valid()
    # Without what is wrong: an old or mistyped address shows more rather than nothing.
    cleaned = wanted.form.cleaned_data
    ordering = cleaned.get("ordering") or "-created_at"
    relatives = [Prefetch(name, Document.objects.only("name", "path")) for name in ("duplicate_of", "parent")]
    page = stretch(request, wanted.qs.prefetch_related(*relatives), ordering)
    status, q = cleaned.get("status") or [], cleaned.get("q") or ""
    batch = cleaned.get("batch")
    coverage = coverage_of(scope_for(request.user, case.pk))
    eta = until_done([case.pk])[case.pk] if coverage.documents_waiting else None
    by_status = dict(Document.objects.filter(case=case).order_by().values_list("status").annotate(Count("pk")))
    return {
        "at_ms": at_ms,
        "total": sum(by_status.values()),
        "statuses": [(value, label, by_status.get(value, 0)) for value, label in Status.choices],
        "coverage": coverage,
        "eta": in_words(eta.low, eta.high) if eta else "",
        "batches": current_batches(case.pk),
        "page": page,
        "rows": document_rows(page.rows),
        "wanted": {"status": status, "q": q, "ordering": ordering, "batch": batch},
        "filtered": bool(status or q or batch),
        "orderings": ORDERINGS.items(),
    }


def _custodians(case: Case) -> list[str]:
    named = Document.objects.filter(case=case).exclude(custodian="").order_by("custodian")
    return list(named.values_list("custodian", flat=True).distinct()[:200])
