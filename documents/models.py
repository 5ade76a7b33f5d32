"""What we hold: documents, their pages, the chunks that search reads, and the chunks' embeddings."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Now, NullIf
from pgvector.django import HalfVectorField

from cases.models import Case, Role
from documents.word_index import apart_of


class Status(models.TextChoices):
    QUEUED = "queued", "Queued"
    PROCESSING = "processing", "Processing"
    READY = "ready", "Ready"
    PARTIAL = "partial", "Partly readable"
    FAILED = "failed", "Failed"


class Stage(models.TextChoices):
    """The next thing a document needs; `done` when nothing."""

    READ = "read", "Reading pages"
    INDEX = "index", "Indexing words"
    EMBED = "embed", "Indexing meaning"
    DONE = "done", "Done"


class PageState(models.TextChoices):
    TEXT = "text", "Text"
    OCR = "ocr", "Read by OCR"
    BLANK = "blank", "Blank"
    UNREADABLE = "unreadable", "Unreadable"


FINISHED = [Status.READY, Status.PARTIAL, Status.FAILED]


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: Any, role: str = Role.VIEWER) -> "BatchQuerySet":
        """Batches of the cases in which `user` has at least `role`."""
        return self.filter(case__in=Case.objects.visible_to(user, role))


class Batch(models.Model):
    """What somebody added at one go: a dropped folder, an import. Members of its archives and e-mails belong to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="batches")
    name = models.CharField(max_length=255, blank=True, help_text="The folder's name, if it came as one.")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["case", "created_at", "id"], name="batch_case_created")]

    def __str__(self) -> str:
        return self.name or "Batch"


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: Any, role: str = Role.VIEWER) -> "DocumentQuerySet":
        """Documents of the cases in which `user` has at least `role`."""
        return self.filter(case__in=Case.objects.visible_to(user, role))

    def originals(self) -> "DocumentQuerySet":
        """Without the duplicates, which have no pages of their own."""
        return self.filter(duplicate_of=None)


class DocumentManager(models.Manager.from_queryset(DocumentQuerySet)):  # type: ignore[misc]
    """Rows without what only search's SQL reads."""

    def get_queryset(self) -> DocumentQuerySet:
        found: DocumentQuerySet = super().get_queryset().defer("descriptor", "opening")
        return found


class Document(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, blank=True, related_name="documents")
    depth = models.SmallIntegerField(default=0, help_text="0: as it came in; 1: inside another file; and so on.")
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="duplicates"
    )
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=4096, blank=True, help_text="Where it lay in the folder it came in.")
    custodian = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=150)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(max_length=5, choices=Stage.choices, default=Stage.READ)
    page_count = models.IntegerField(null=True, blank=True)
    pages_done = models.IntegerField(default=0)
    # Which version of its pages and chunks is shown and searched; 0 = none yet. Reprocessing writes the
    # next version beside it and raises this number in the same transaction that makes it searchable.
    version = models.IntegerField(default=0)
    extractor_version = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    meta = models.JSONField(default=dict, blank=True)
    opening = models.TextField(blank=True, help_text="How its text begins: with its name, what people call it by.")
    descriptor = models.GeneratedField(
        expression=SearchVector(
            Func(F("name"), Value("[_.-]+"), Value(" "), Value("g"), function="regexp_replace"), config="english"
        )
        + SearchVector(apart_of("opening"), config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    timings = models.JSONField(default=dict, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DocumentManager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["case", "created_at", "id"], name="document_case_created"),
            models.Index(fields=["case", "status"], name="document_case_status"),
            GinIndex(fields=["descriptor"], name="document_descriptor"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "sha256"],
                # What could not be taken out of an archive has no content.
                condition=Q(duplicate_of=None) & ~Q(sha256=""),
                name="one_original_per_case_and_content",
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="document_status_known"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="document_stage_known"),
            models.CheckConstraint(condition=Q(size__gte=0), name="document_size_not_negative"),
            models.CheckConstraint(
                condition=~Q(status=Status.FAILED) | ~Q(error_code=""), name="failed_document_says_why"
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of=None) | ~Q(duplicate_of=F("id")), name="document_not_its_own_duplicate"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def content_id(self) -> uuid.UUID:
        """The document that holds this one's pages: itself, or the original it duplicates."""
        return self.duplicate_of_id or self.id


class PageQuerySet(models.QuerySet["Page"]):
    def current(self) -> "PageQuerySet":
        """Only pages of the version of their document that is shown."""
        return self.filter(version=F("document__version"))


class Page(models.Model):
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pages")
    version = models.IntegerField()
    number = models.IntegerField()
    state = models.CharField(max_length=10, choices=PageState.choices)
    text = models.TextField(blank=True)
    chars = models.IntegerField(help_text="Length of the text, in characters.")
    width = models.FloatField(default=0, help_text="Points; 0 where a page has no geometry.")
    height = models.FloatField(default=0)
    rotation = models.SmallIntegerField(default=0)
    confidence = models.FloatField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    words = models.BinaryField(default=b"", help_text="Word offsets and boxes, see documents/wordboxes.py.")
    tables = models.JSONField(default=list, blank=True)
    label = models.CharField(max_length=100, blank=True, help_text="What the file calls the page: iv, a sheet's name.")
    marks = models.JSONField(
        default=list, blank=True, help_text="[kind, start, end, value]: hidden text, line numbers, headers …"
    )

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            # With the state beside them, pages are counted without reading their text.
            models.UniqueConstraint(
                fields=["document", "version", "number"],
                include=["state"],
                name="one_page_per_document_version_and_number",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="page_number_from_one"),
            models.CheckConstraint(condition=Q(state__in=PageState.values), name="page_state_known"),
            models.CheckConstraint(
                condition=~Q(state=PageState.UNREADABLE) | ~Q(reason=""), name="unreadable_page_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"page {self.number}"


class Chunk(models.Model):
    """A run of whole sentences: what search finds. Offsets are characters of the pages' texts, end exclusive."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="chunks")
    version = models.IntegerField()
    ordinal = models.IntegerField()
    page_from = models.IntegerField()
    page_to = models.IntegerField()
    char_from = models.IntegerField()
    char_to = models.IntegerField()
    title = models.TextField(blank=True, help_text="The document's name, so that its words count in search.")
    heading = models.TextField(blank=True)
    body = models.TextField()
    searchable = models.TextField(
        blank=True,
        help_text="The body with words put together again that a line's end cuts; empty if that is the same.",
    )
    tsv = models.GeneratedField(
        expression=SearchVector(apart_of("title"), weight="C", config="english")
        + SearchVector(apart_of("heading"), weight="B", config="english")
        + SearchVector(
            apart_of(Coalesce(NullIf("searchable", Value("", output_field=models.TextField())), "body")),
            weight="D",
            config="english",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["document_id", "ordinal"]
        indexes = [GinIndex(fields=["tsv"], name="chunk_tsv"), models.Index(fields=["case"], name="chunk_case")]
        constraints = [
            models.UniqueConstraint(fields=["document", "version", "ordinal"], name="one_chunk_per_place"),
            models.CheckConstraint(
                condition=Q(char_from__gte=0)
                & (Q(page_from__lt=F("page_to")) | Q(page_from=F("page_to"), char_from__lt=F("char_to"))),
                name="chunk_spans_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"chunk {self.ordinal}"


class ChunkEmbedding(models.Model):
    """One vector of one chunk by one model; slim and apart, because exact scans read every row of a case."""

    id = models.BigAutoField(primary_key=True)
    chunk = models.ForeignKey(Chunk, on_delete=models.CASCADE, related_name="embeddings")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=100)
    # Of any width: which one, its EmbeddingModel says, and all vectors of a model have the same.
    embedding = HalfVectorField()

    class Meta:
        indexes = [models.Index(fields=["case", "model"], name="embedding_case_model")]
        constraints = [models.UniqueConstraint(fields=["chunk", "model"], name="one_embedding_per_chunk_and_model")]

    def __str__(self) -> str:
        return f"{self.model} of {self.chunk_id}"


class EmbeddingModel(models.Model):
    """A model that vectors are made by. See extraction/vector_models.py."""

    class State(models.TextChoices):
        SEARCHED = "searched", "Searched"
        BUILDING = "building", "Being built"
        FORMER = "former", "No longer used"

    name = models.CharField(primary_key=True, max_length=100, help_text="What ChunkEmbedding.model says.")
    backend = models.CharField(max_length=10)
    setting = models.CharField(max_length=4096, help_text="The EMBEDDING_MODEL that it is made from.")
    dimensions = models.IntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    since = models.DateTimeField(db_default=Now(), help_text="When it came into this state.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="searched"), name="one_model_is_searched"),
            models.CheckConstraint(condition=Q(dimensions__range=(1, 4000)), name="dimensions_can_be_stored"),
            models.CheckConstraint(
                condition=Q(state__in=["searched", "building", "former"]), name="embedding_model_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VocabularyWord(models.Model):
    """A word of a case's documents, once, and what the index stems it to. See extraction/vocabulary.py."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Compared byte by byte: an index on it then also finds words by how they begin.
    word = models.CharField(max_length=60, db_collation="C")
    stem = models.CharField(max_length=60, db_collation="C", help_text="Empty for words too common to be indexed.")

    class Meta:
        indexes = [models.Index(fields=["case", "stem"], name="vocabulary_case_stem")]
        constraints = [models.UniqueConstraint(fields=["case", "word"], name="one_vocabulary_word_per_case")]

    def __str__(self) -> str:
        return self.word
