"""The page of what could not be read in a case: figures, causes with their remedies, and every document concerned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.access import get_case
from cases.models import Role
from cases.permission import require_case
from cases.views.case import case_context
from cases.views.paging import stretch
from documents.forms import PasswordsForm
from extraction.errors import ERRORS, RetryableError
from extraction.readability import Readability, entries, readability_of, troubled, troubles
from extraction.troubles_again import read_again
from lexintel.spreadsheet import UTF8_MARK, csv_line

COLUMNS = ["Document", "Path", "Custodian", "Pages", "Number of pages", "What", "What to do", "Code", "Id"]
# Documents of the table whose pages are looked up together.
AT_ONCE = 500


@require_safe
@never_cache
def readability(request: HttpRequest, case: UUID) -> HttpResponse:
    """`?trouble=` narrows to one cause, `?cursor=` goes on."""
    return _page(request, case, PasswordsForm())


@require_POST
def again(request: HttpRequest, case: UUID) -> HttpResponse:
    """Read again what has this trouble, with passwords if some are given; for reviewers."""
    found = require_case(request.user, case, Role.REVIEWER)
    key, form = _key(request.POST.get("trouble", "")), PasswordsForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    try:
        queued = read_again(found.pk, key, form.cleaned_data["passwords"])
    except RetryableError as error:
        messages.error(request, f"{ERRORS[error.code].message} Nothing was queued; try again in a minute.")
    else:
        if queued.documents:
            number = "1 document is" if queued.documents == 1 else f"{queued.documents:,} documents are"
            rest = f" Another {queued.left:,} are left for the next time." if queued.left else ""
            messages.success(
                request, f"{number} queued to be read again. What is shown stays until that is done.{rest}"
            )
        else:
            messages.info(request, "There is nothing left to be read again.")
    return redirect("case-readability", found.pk)


@require_safe
def as_csv(request: HttpRequest, case: UUID) -> StreamingHttpResponse:
    """All of it as a table, for a spreadsheet."""
    found = get_case(request.user, case)
    response = StreamingHttpResponse(_lines(found.pk), content_type="text/csv; charset=utf-8")
    name = f"Not read in {found.reference}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _page(request: HttpRequest, case: UUID, form: PasswordsForm, status: int = 200) -> HttpResponse:
    found = get_case(request.user, case)
    asked = request.POST if request.method == "POST" else request.GET
    key = _key(asked.get("trouble", ""))
    page = stretch(request, troubled(found.pk, key), "created_at")
    every = troubles(found.pk)
    figures = readability_of(found.pk)
    context: dict[str, Any] = case_context(request, found) | {
        "figures": figures,
        "parts": _parts(figures),
        "troubles": every,
        "chosen": next((t for t in every if t.key == key), None),
        "key": key,
        "page": page,
        "entries": entries(page.rows, key),
        "form": form,
        "here": reverse("case-readability", args=[found.pk]),
    }
    return render(request, "cases/readability.html", context, status=status)


@dataclass(frozen=True)
class Stretch:
    """A part of the bar: `count` pages after `before` others."""

    before: int
    count: int


def _parts(figures: Readability) -> list[tuple[str, str, Stretch]]:
    """The parts of the bar, which together are all pages; empty ones are left out."""
    parts = [
        ("text", "with text of their own", figures.text),
        ("ocr", "read by OCR", figures.ocr - figures.low_confidence),
        ("unsure", "read by OCR that is not sure", figures.low_confidence),
        ("blank", "blank", figures.blank),
        ("unreadable", "could not be read", figures.unreadable),
    ]
    found, before = [], 0
    for name, label, count in parts:
        if count:
            found.append((name, label, Stretch(before, count)))
        before += count
    return found


def _key(asked: str) -> str:
    return asked.replace("\0", "")[:100]


def _lines(case_id: UUID) -> Iterator[str]:
    yield UTF8_MARK + csv_line(COLUMNS)
    documents = troubled(case_id).order_by("created_at", "pk").iterator(chunk_size=AT_ONCE)
    while batch := list(islice(documents, AT_ONCE)):
        yield from _rows(batch)


def _rows(documents: list[Any]) -> Iterator[str]:
    for entry in entries(documents):
        document, cause = entry.document, entry.cause
        pages = ", ".join(map(str, entry.pages))
        row = [document.name, document.path, document.custodian, pages, entry.page_count or ""]
        yield csv_line([*row, cause.message, cause.remedy, cause.code, document.pk])
