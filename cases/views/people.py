"""Who works on a case and who it is about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cases import members
from cases.access import at_least, get_case, role_in
from cases.forms import NewMemberForm, PartyForm, RoleForm
from cases.models import Case, Membership, Party, Role
from cases.permission import RoleRequired, require_case
from cases.views.case import case_context

LAST_MANAGER = "The case would be left without a manager. Make somebody else manager first."
ALREADY_MEMBER = "They are a member already. Change their role in the list instead."


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, case: UUID) -> HttpResponse:
    """Members and parties; managers add a member by POST."""
    if request.method != "POST":
        return _page(request, get_case(request.user, case))
    found = require_case(request.user, case, Role.MANAGER)
    form = NewMemberForm(request.POST)
    if form.is_valid():
        try:
            added = members.add(found, **form.cleaned_data)
        except members.AlreadyMember:
            form.add_error("user", ALREADY_MEMBER)
        else:
            messages.success(request, f"{added.user.get_username()} is a member now.")
            return redirect("case-people", found.pk)
    return _page(request, found, new_member=form)


@require_POST
def change_member(request: HttpRequest, case: UUID, member: int) -> HttpResponse:
    """Give a member another role; for managers."""
    found = _member(require_case(request.user, case, Role.MANAGER), member)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles.")
        return redirect("case-people", case)
    try:
        members.change(found, form.cleaned_data["role"])
    except members.LastManager:
        messages.error(request, LAST_MANAGER)
    else:
        messages.success(request, f"{found.user.get_username()} is {found.role} now.")
    return redirect("case-people", case)


@require_http_methods(["GET", "HEAD", "POST"])
def remove_member(request: HttpRequest, case: UUID, member: int) -> HttpResponse:
    """Ask, then end a membership; for managers, and for oneself."""
    found = get_case(request.user, case)
    membership = _member(found, member)
    myself = membership.user_id == request.user.pk
    if not myself and not at_least(role_in(request.user, found), Role.MANAGER):
        raise RoleRequired(Role.MANAGER)
    if request.method == "POST":
        try:
            members.remove(membership)
        except members.LastManager:
            messages.error(request, LAST_MANAGER)
            return redirect("case-people", case)
        if myself:
            messages.success(request, f"You have left “{found.name}”.")
            return redirect("home")
        messages.success(request, f"{membership.user.get_username()} is no member any more.")
        return redirect("case-people", case)
    name = membership.user.get_username()
    return _ask(
        request,
        found,
        title="Leave the case?" if myself else f"Remove {name}?",
        consequence=f"{'You' if myself else 'They'} can no longer see anything in it, from now on.",
        action="Leave" if myself else "Remove",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def add_party(request: HttpRequest, case: UUID) -> HttpResponse:
    """Add a party; for managers."""
    found = require_case(request.user, case, Role.MANAGER)
    return _party(request, found, Party(case=found))


@require_http_methods(["GET", "HEAD", "POST"])
def change_party(request: HttpRequest, case: UUID, party: UUID) -> HttpResponse:
    """Change a party; for managers."""
    found = require_case(request.user, case, Role.MANAGER)
    return _party(request, found, get_object_or_404(Party, pk=party, case=found))


@require_http_methods(["GET", "HEAD", "POST"])
def remove_party(request: HttpRequest, case: UUID, party: UUID) -> HttpResponse:
    """Ask, then remove a party; for managers."""
    found = require_case(request.user, case, Role.MANAGER)
    gone = get_object_or_404(Party, pk=party, case=found)
    if request.method == "POST":
        gone.delete()
        messages.success(request, f"{gone.name} is no party any more.")
        return redirect("case-people", case)
    consequence = "It is taken off the list of parties. Documents are not touched."
    return _ask(request, found, title=f"Remove {gone.name}?", consequence=consequence, action="Remove")


def _member(case: Case, pk: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user"), pk=pk, case=case)


def _party(request: HttpRequest, case: Case, party: Party) -> HttpResponse:
    name = party.name
    form = PartyForm(request.POST if request.method == "POST" else None, instance=party)
    if form.is_valid():
        form.save()
        messages.success(request, "The party is saved.")
        return redirect("case-people", case.pk)
    context = case_context(request, case) | {"form": form, "name": name}
    return render(request, "cases/party_edit.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, case: Case, **forms: Any) -> HttpResponse:
    context = case_context(request, case) | {
        "members": case.memberships.select_related("user").order_by("created_at", "pk"),
        "parties": case.parties.order_by("name", "pk"),
        "roles": Role.choices,
        "new_member": NewMemberForm(),
        **forms,
    }
    return render(request, "cases/people.html", context, status=422 if forms else 200)


def _ask(request: HttpRequest, case: Case, **sentences: str) -> HttpResponse:
    return render(request, "cases/confirm.html", case_context(request, case) | sentences)
