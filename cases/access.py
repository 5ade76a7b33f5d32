"""The one door: every path to an object of a case passes through here, and not a member means 404."""

from typing import Any, Protocol
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404

from cases.models import ROLE_ORDER, Case, Membership, Role


class Visible(Protocol):
    """Any queryset or manager that knows whom its rows may be shown to."""

    def visible_to(self, user: Any, role: str = ...) -> Any: ...


def get_visible(user: Any, objects: Visible, id: UUID | str, role: str = Role.VIEWER) -> Any:
    """The object with this id if `user` has at least `role` in its case.

    Raises Http404 otherwise, whether it does not exist, is another case's, or asks for a higher role:
    the answer never tells which.
    """
    try:
        found = objects.visible_to(user, role).filter(pk=id).first()
    except (ValidationError, ValueError):
        found = None
    if found is None:
        raise Http404("Not found.")
    return found


def get_case(user: Any, id: UUID | str, role: str = Role.VIEWER) -> Case:
    """The case with this id, or Http404; see `get_visible`."""
    found: Case = get_visible(user, Case.objects, id, role)
    return found


def case_ids(user: Any) -> list[UUID]:
    """Ids of every case `user` is a member of."""
    return list(Case.objects.visible_to(user).order_by("pk").values_list("pk", flat=True))


def role_in(user: Any, case: Case) -> str | None:
    """The user's role in the case, None if not a member."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Membership.objects.filter(case=case, user=user).values_list("role", flat=True).first()


def at_least(role: str | None, wanted: str) -> bool:
    """Whether `role` includes what `wanted` allows."""
    return role is not None and ROLE_ORDER.index(Role(role)) >= ROLE_ORDER.index(Role(wanted))
