"""Asking for a role: who is no member gets 404, who is one but may not gets 403 and is told why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied

from cases.access import Visible, get_visible
from cases.models import Case, Role


class RoleRequired(PermissionDenied):
    """A member asked for more than their role allows. `code` goes into the problem."""

    code = "role_required"

    def __init__(self, role: str) -> None:
        super().__init__(f"This takes the role “{Role(role).value}” in the case.")
        self.role = role


def require(user: object, objects: Visible, id: UUID | str, role: str) -> Any:
    """The object if `user` has at least `role` in its case. Raises Http404 for outsiders, RoleRequired for members."""
    found = get_visible(user, objects, id)
    if role != Role.VIEWER and not objects.visible_to(user, role).filter(pk=found.pk).exists():
        raise RoleRequired(role)
    return found


def require_case(user: object, id: UUID | str, role: str) -> Case:
    """The case; see `require`."""
    found: Case = require(user, Case.objects, id, role)
    return found
