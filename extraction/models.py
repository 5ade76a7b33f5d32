"""The ledger: one row per document and stage of work. Postgres is the truth; a message only wakes somebody up."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from cases.models import Case, Role
from documents.models import Batch, Document


class JobStage(models.TextChoices):
    READ = "read", "Read pages"
    INDEX = "index", "Index words"
    EMBED = "embed", "Index meaning"


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    QUARANTINED = "quarantined", "Quarantined"


LIVE = [JobState.QUEUED, JobState.RUNNING]


class ExtractionJob(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="jobs")
    stage = models.CharField(max_length=5, choices=JobStage.choices)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    attempt = models.IntegerField(default=0)
    max_attempts = models.IntegerField(default=4, help_text="The first try and one after each retry delay.")
    interruptions = models.IntegerField(default=0, help_text="Attempts that ended with their worker's death.")
    not_before = models.DateTimeField(db_default=Now())
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Raised at every claim: a writer that comes back with an old fence changes nothing.
    fence = models.BigIntegerField(default=0)
    enqueued_at = models.DateTimeField(null=True, blank=True, help_text="When a message was last sent for it.")
    version = models.IntegerField(help_text="The document version this job writes.")
    options = models.JSONField(default=dict, blank=True, help_text="Pages to read again, and the like.")
    error_code = models.CharField(max_length=40, blank=True)
    error_class = models.CharField(max_length=10, blank=True)
    timings = models.JSONField(default=dict, blank=True)
    extractor_version = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["state", "not_before"], name="job_due", condition=Q(state="queued")),
            models.Index(fields=["lease_until"], name="job_leases", condition=Q(state="running")),
            models.Index(fields=["finished_at"], name="job_done_when", condition=Q(state="done")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "stage"], condition=Q(state__in=LIVE), name="one_live_job_per_document_and_stage"
            ),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(condition=Q(stage__in=JobStage.values), name="job_stage_known"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False), name="running_job_has_a_lease"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} ({self.state})"


class OldestCode(models.Model):
    """At most one row: the oldest code (`extraction.versions.CODE`) whose workers the schema still serves."""

    code = models.PositiveIntegerField()

    def __str__(self) -> str:
        return str(self.code)


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: Any, role: str = Role.VIEWER) -> "UploadQuerySet":
        """Those that `user` has begun, in cases in which they have at least `role`."""
        return self.filter(case__in=Case.objects.visible_to(user, role), added_by_id=user.pk)


class Upload(models.Model):
    """A file that comes in parts, see resumable.py. When the last one is there it becomes a document."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="uploads")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=4096, blank=True)
    custodian = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(help_text="Bytes, as announced.")
    received = models.BigIntegerField(default=0, help_text="Bytes that are safe: where the next part begins.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(db_index=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(received__gte=0, received__lte=F("size")), name="upload_within_size"),
            models.CheckConstraint(
                condition=Q(document=None) | Q(received=F("size")), name="only_a_whole_upload_is_a_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.received} of {self.size} bytes"


class UploadPart(models.Model):
    """`name`: of the side file (documents/side_files.py) that holds it."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    start = models.BigIntegerField()
    size = models.IntegerField()
    name = models.CharField(max_length=32)

    class Meta:
        ordering = ["start"]
        constraints = [models.UniqueConstraint(fields=["upload", "start"], name="one_part_at_a_place")]

    def __str__(self) -> str:
        return f"{self.size} bytes from {self.start} on"
