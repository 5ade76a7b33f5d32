"""Changing who is a member. A case always keeps a manager."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from cases.models import Case, Membership, Role


class LastManager(Exception):
    """The change would leave the case without a manager."""


class AlreadyMember(Exception):
    """They are a member of the case; change their role instead."""


def create_case(user: Any, **fields: Any) -> Case:
    """A new case, whose creator manages it."""
    with transaction.atomic():
        case = Case.objects.create(**fields)
        Membership.objects.create(case=case, user=user, role=Role.MANAGER)
    return case


@transaction.atomic
def add(case: Case, user: Any, role: str) -> Membership:
    """Make `user` a member. Raises AlreadyMember."""
    membership, created = Membership.objects.get_or_create(case=case, user=user, defaults={"role": role})
    if not created:
        raise AlreadyMember
    return membership


@transaction.atomic
def change(membership: Membership, role: str) -> Membership:
    """Give a member another role. Raises LastManager."""
    if role != Role.MANAGER:
        keep_a_manager(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove(membership: Membership) -> None:
    """End a membership. Raises LastManager."""
    keep_a_manager(membership)
    membership.delete()


def keep_a_manager(membership: Membership) -> None:
    """Lock the case's members until the transaction ends. Raises LastManager if the case has no other manager."""
    others = managers_of(membership.case) - {membership.user_id}
    # Asked again under the lock: the row in memory may be older.
    if not others and Membership.objects.filter(pk=membership.pk, role=Role.MANAGER).exists():
        raise LastManager


def managers_of(case: Case) -> set[int]:
    """Ids of the users who manage a case and can sign in; nobody else changes them until the transaction ends."""
    # The case's row is the lock: two managers who demote each other at once must not both succeed.
    Case.objects.select_for_update().filter(pk=case.pk).first()
    managers = Membership.objects.filter(case=case, role=Role.MANAGER, user__is_active=True)
    return set(managers.values_list("user_id", flat=True))


def is_last_manager(membership: Membership) -> bool:
    """Whether the case would be without a manager; not locked, so only good for showing."""
    if membership.role != Role.MANAGER:
        return False
    others = Membership.objects.filter(case=membership.case_id, role=Role.MANAGER, user__is_active=True)
    return not others.exclude(pk=membership.pk).exists()
