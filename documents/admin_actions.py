"""Asking before something is done to many documents at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from documents.models import Document

NAMES_SHOWN = 20
WHY_LEFT_OUT = "your role in their case does not allow it, or there is nothing to be done."


@dataclass(frozen=True)
class Question:
    """What is asked about `documents`; `verb` stands on the button, `chosen` is how many rows were ticked."""

    action: str
    verb: str
    title: str
    documents: QuerySet[Document]
    chosen: int


def confirmed(request: HttpRequest) -> bool:
    """Whether the question has been answered with yes."""
    return "confirmed" in request.POST


def ask(request: HttpRequest, model_admin: Any, question: Question) -> TemplateResponse:
    """The page with the question; its form sends the same action again, confirmed."""
    count = question.documents.count()
    names = list(question.documents.order_by("name").values_list("name", flat=True)[:NAMES_SHOWN])
    number = "1 document" if count == 1 else f"{count:,} documents"
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": question.title,
        "question": f"{question.title}: {number}." if count else "There is nothing to be done with what you chose.",
        "verb": f"{question.verb} {number}",
        "names": names,
        "more": count - len(names),
        "count": count,
        "left_out": max(0, question.chosen - count),
        "why_left_out": WHY_LEFT_OUT,
        "action": question.action,
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across") == "1",
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "documents/confirm_action.html", context)
