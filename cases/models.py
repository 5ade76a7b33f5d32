"""Who may see what: a case (matter), its members and its parties."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models


class Role(models.TextChoices):
    """What a member may do; each role may do all that the ones before it may."""

    VIEWER = "viewer", "Viewer: read and search"
    REVIEWER = "reviewer", "Reviewer: also add and reprocess documents"
    MANAGER = "manager", "Manager: also edit the case, its members, and delete"


ROLE_ORDER = [Role.VIEWER, Role.REVIEWER, Role.MANAGER]


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: Any, role: str = Role.VIEWER) -> "CaseQuerySet":
        """Cases in which `user` is a member with at least `role`; none for anyone else, superusers included."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        roles = ROLE_ORDER[ROLE_ORDER.index(Role(role)) :]
        return self.filter(pk__in=Membership.objects.filter(user=user, role__in=roles).values("case_id"))


class Case(models.Model):
    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=300, help_text="Caption, for example “Harlow v. Brandt Marine”.")
    reference = models.CharField(
        max_length=100, unique=True, help_text="Docket or matter number; commands name the case by it."
    )
    court = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    description = models.TextField(blank=True, max_length=10_000)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.reference})"


class Membership(models.Model):
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="one_membership_per_person_and_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role}"


class Party(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    name = models.CharField(max_length=300)
    role = models.CharField(max_length=100, help_text="For example Plaintiff, Defendant, Third-Party Defendant.")
    counsel = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A bearer token. Only its SHA-256 is kept: a copy of the database signs nobody in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return self.name
