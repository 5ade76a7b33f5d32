"""The page of one document, and what can be done with it there. It works without JavaScript."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.access import at_least, get_visible, role_in
from cases.models import Role
from cases.permission import require
from documents.details import details
from documents.forms import EditForm, PasswordsForm, ReprocessForm
from documents.models import FINISHED, Document, PageState
from documents.naming import rename
from documents.overview import Overview, has_page, pages_from
from documents.serializers import shown
from documents.wording import status_sentence
from extraction.errors import ERRORS, RetryableError
from extraction.pace import in_words
from extraction.page_reasons import cause
from extraction.readability import TAKES_PASSWORD
from extraction.removal import remove_and_announce
from extraction.reprocess import can_be_reprocessed, reprocess
from extraction.stage_log import stage_log
from extraction.warnings import sentence

# Reading these again ends in the same way until something else was done: a password given, the file released.
NOT_BY_READING_AGAIN = ("encrypted", "quarantined")


def _with_case() -> Any:
    return Document.objects.select_related("case", "uploaded_by")


@require_safe
def overview(request: HttpRequest, document: UUID) -> HttpResponse:
    """Everything about one document. `?page=12` leads to that page, `?from=101` lists pages from there on."""
    found = get_visible(request.user, _with_case(), document)
    wanted = _number(request, "page")
    if wanted is not None and has_page(found, wanted):
        return redirect("document-page", found.pk, wanted)
    context = _context(request, found) | {"no_such_page": wanted, "again": ReprocessForm()}
    return render(request, "documents/document.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, document: UUID) -> HttpResponse:
    """Change name, custodian and source; for reviewers."""
    found = require(request.user, _with_case(), document, Role.REVIEWER)
    name = found.name
    form = EditForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        rename(found, **form.cleaned_data)
        messages.success(request, "The changes are saved.")
        return redirect("document", found.pk)
    context = {"document": found, "case": found.case, "name": name, "form": form}
    return render(request, "documents/document_edit.html", context, status=422 if form.errors else 200)


@require_POST
def again(request: HttpRequest, document: UUID) -> HttpResponse:
    """Read, index or embed it again; for reviewers."""
    found = require(request.user, _with_case(), document, Role.REVIEWER)
    form, passwords = ReprocessForm(request.POST), PasswordsForm(request.POST)
    if not (form.is_valid() and passwords.is_valid()):
        context = _context(request, found) | {"again": form}
        if context["passwords"] and passwords.errors:
            context["passwords"] = passwords
        return render(request, "documents/document.html", context, status=422)
    try:
        tried = passwords.cleaned_data["passwords"]
        queued = reprocess(Document.objects.filter(pk=found.pk), **form.options(), passwords_to_try=tried)
    except RetryableError as error:
        messages.error(request, f"{ERRORS[error.code].message} Nothing was queued; try again in a minute.")
        return redirect("document", found.pk)
    if queued:
        messages.success(request, "It is queued to be read again. What is shown stays until that is done.")
    else:
        messages.error(request, "There is nothing in it that could be read.")
    return redirect("document", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, document: UUID) -> HttpResponse:
    """Ask, then delete it; for managers."""
    found = require(request.user, _with_case(), document, Role.MANAGER)
    if request.method == "POST":
        remove_and_announce(found)
        messages.success(request, f"“{found.name}” is deleted.")
        return redirect("case", found.case_id)
    context = {"document": found, "case": found.case, "about": Overview.of(found)}
    return render(request, "documents/document_delete.html", context)


def _context(request: HttpRequest, document: Document) -> dict[str, Any]:
    facts = shown([document])[0]
    role = role_in(request.user, document.case)
    may_change, error = at_least(role, Role.REVIEWER), facts["error"]
    helps = error is None or error["code"] not in NOT_BY_READING_AGAIN
    can_again = may_change and helps and can_be_reprocessed(document)
    about = Overview.of(document)
    pages = pages_from(document, _number(request, "from") or 1)
    return {
        "document": document,
        "case": document.case,
        "about": about,
        "facts": facts,
        "sentence": status_sentence(
            document,
            pages=pages.total,
            unreadable=facts["pages_by_state"][PageState.UNREADABLE],
            position=facts["queue_position"],
            left=in_words(*facts["eta_range_s"]) if facts["eta_range_s"] else "",
        ),
        "states": [(PageState(state).label, n) for state, n in facts["pages_by_state"].items() if n],
        "unreadable": [(cause(reason, of_page=True), runs) for reason, runs in about.unreadable.items()],
        "pages": pages,
        "details": details((about.original or document).meta),
        "warnings": [sentence(code) for code in (about.original or document).warnings],
        "log": stage_log(document),
        "may_change": may_change,
        "may_delete": at_least(role, Role.MANAGER),
        "passwords": PasswordsForm() if may_change and _takes_password(facts) else None,
        "can_again": can_again,
        "can_retry": can_again and error is not None,
        "finished": document.status in FINISHED,
    }


def _takes_password(facts: dict[str, Any]) -> bool:
    codes = {*facts["warnings"], facts["error"] and facts["error"]["code"]}
    return bool(codes & TAKES_PASSWORD)


def _number(request: HttpRequest, name: str) -> int | None:
    """A number of up to six digits in the address, None of anything else."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
