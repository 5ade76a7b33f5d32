"""The list of my cases, and opening a new one."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from cases import members
from cases.forms import CaseForm
from cases.models import Case
from cases.views.case_rows import case_rows
from cases.views.paging import stretch

ORDERINGS = {"-created_at": "Newest first", "created_at": "Oldest first", "name": "Name"}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The cases I am a member of; `?q=` finds a part of name, reference or court."""
    mine = Case.objects.visible_to(request.user)
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:300]
    ordering = request.GET.get("ordering", "")
    ordering = ordering if ordering in ORDERINGS else "-created_at"
    found = mine
    if wanted:
        found = mine.filter(Q(name__icontains=wanted) | Q(reference__icontains=wanted) | Q(court__icontains=wanted))
    page = stretch(request, found, ordering)
    context = {
        "rows": case_rows(page.rows, request.user),
        "page": page,
        "wanted": wanted,
        "ordering": ordering,
        "orderings": ORDERINGS.items(),
        "has_cases": bool(page.rows) or mine.exists(),
    }
    return render(request, "cases/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_case(request: HttpRequest) -> HttpResponse:
    """Open a case; whoever opens it manages it."""
    form = CaseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        case = members.create_case(request.user, **form.cleaned_data)
        messages.success(request, "The case is open. Add its documents here.")
        return redirect("case", case.pk)
    return render(request, "cases/case_new.html", {"form": form}, status=422 if form.errors else 200)
