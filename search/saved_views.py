"""The pages of saved searches. They work without JavaScript."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cases.access import get_case
from search.forms import NameForm
from search.links import saved_link
from search.models import SavedSearch
from search.query import MAX_BYTES, QueryError
from search.saved import MOST_SAVED, TooMany, mark_seen, new_hits, save, search_of


class SaveForm(NameForm):
    """A question as the page of its results knows it."""

    q = forms.CharField(max_length=MAX_BYTES, strip=False)
    mode = forms.ChoiceField(choices=SavedSearch.Mode.choices)
    case = forms.CharField(required=False, max_length=36)
    media_type = forms.CharField(required=False, max_length=150)
    custodian = forms.CharField(required=False, max_length=200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def saved_searches(request: HttpRequest) -> HttpResponse:
    """All of mine with what is new; by POST one more."""
    if request.method == "POST":
        return _keep(request)
    return render(request, "search/saved_searches.html", {"rows": rows_of(request.user), "most": MOST_SAVED})


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, saved: UUID) -> HttpResponse:
    """Give it another name."""
    found = search_of(request.user, saved)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": found.name})
    if form.is_valid():
        found.name = form.cleaned_data["name"]
        found.save(update_fields=["name"])
        messages.success(request, "The name is changed.")
        return redirect("saved-searches")
    context = {"saved": found, "form": form}
    return render(request, "search/saved_search.html", context, status=422 if form.errors else 200)


@require_POST
def open_(request: HttpRequest, saved: UUID) -> HttpResponse:
    """Show what it finds; from now on that is not new any more."""
    found = search_of(request.user, saved)
    mark_seen(found)
    return redirect(saved_link(found))


@require_POST
def delete(request: HttpRequest, saved: UUID) -> HttpResponse:
    """Keep it no longer. Nothing else goes with it, so nobody is asked."""
    found = search_of(request.user, saved)
    found.delete()
    messages.success(request, f"“{found.name}” is deleted.")
    return redirect("saved-searches")


def rows_of(user: Any, case: UUID | None = None) -> list[tuple[SavedSearch, int | None]]:
    """My searches, or those in one case, each with how many documents are new in it."""
    saved = SavedSearch.objects.visible_to(user).select_related("case").defer("fresh")
    searches = list((saved.filter(case=case) if case else saved).order_by("name", "pk")[:MOST_SAVED])
    new = new_hits(searches, user) if searches else {}
    return [(one, None if (found := new[one.pk]) is None else len(found)) for one in searches]


def opened(user: Any, asked: str) -> SavedSearch | None:
    """The search that an address names, if it is one of mine."""
    try:
        return SavedSearch.objects.visible_to(user).filter(pk=UUID(asked)).first() if asked else None
    except ValueError:
        return None


def _keep(request: HttpRequest) -> HttpResponse:
    form = SaveForm(request.POST)
    if not form.is_valid():
        said = [error for errors in form.errors.values() for error in errors]
        messages.error(request, f"The search was not saved. {said[0]}")
        return redirect("search")
    asked = form.cleaned_data
    named = asked.pop("case")
    case = get_case(request.user, named) if named else None
    try:
        saved = save(request.user, asked.pop("name"), asked.pop("q"), case=case, **asked)
    except QueryError as error:
        messages.error(request, f"The search was not saved. {error.message}")
    except TooMany:
        messages.error(request, f"At most {MOST_SAVED} searches are kept. Delete one first.")
    else:
        messages.success(request, f"“{saved.name}” is saved. It will say here what comes in that it finds.")
        return redirect(saved_link(saved))
    return redirect("saved-searches")
