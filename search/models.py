"""What is kept around searches: questions that people saved, and reports of whole lists of terms."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cases.models import Case, Role


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def visible_to(self, user: Any, role: str = Role.VIEWER) -> "SavedSearchQuerySet":
        """The user's own, except those in a case that they see no more."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = self.filter(owner=user)
        return mine.filter(Q(case=None) | Q(case__in=Case.objects.visible_to(user, role)))


class SavedSearch(models.Model):
    """A question under a name. Only its owner sees it."""

    class Mode(models.TextChoices):
        HYBRID = "hybrid", "Words and meaning"
        LEXICAL = "lexical", "Words only"
        SEMANTIC = "semantic", "Meaning only"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, null=True, blank=True, related_name="+", help_text="Empty: all my cases."
    )
    name = models.CharField(max_length=200)
    question = models.TextField()
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.HYBRID)
    media_type = models.CharField(max_length=150, blank=True)
    custodian = models.CharField(max_length=200, blank=True)
    # What it listed when it was last opened, and which of that was new then.
    seen = ArrayField(models.UUIDField(), default=list, blank=True)
    fresh = ArrayField(models.UUIDField(), default=list, blank=True)
    seen_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "saved searches"
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=["hybrid", "lexical", "semantic"]), name="saved_search_mode_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class TermReportQuerySet(models.QuerySet["TermReport"]):
    def visible_to(self, user: Any, role: str = Role.VIEWER) -> "TermReportQuerySet":
        """Reports of the cases in which `user` has at least `role`."""
        return self.filter(case__in=Case.objects.visible_to(user, role))


class TermReport(models.Model):
    """What each term of a list found in a case at one moment; never changed afterwards. See search/term_report.py."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    seconds = models.FloatField(help_text="How long counting took.")
    rows = models.JSONField(help_text="In the order of the list: term, figures, remarks.")
    totals = models.JSONField()
    coverage = models.JSONField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 over what was searched.")

    objects = TermReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["case", "created_at"], name="term_report_case")]

    def __str__(self) -> str:
        return self.name
