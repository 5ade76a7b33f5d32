"""The ledger: one row per document and stage of work. Postgres is the truth; a message only wakes somebody up."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from documents.models import Document


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
