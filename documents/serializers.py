"""How documents and pages look in the API."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from documents.models import Document, Page, PageState, Status
from documents.wordboxes import unpack
from extraction.errors import ERRORS
from extraction.names import clean_name
from extraction.progress import percent
from extraction.waiting import Wait, waits


@dataclass(frozen=True)
class Facts:
    """What other rows say about the documents of one answer; by document id."""

    pages: dict[uuid.UUID, dict[str, int]] = field(default_factory=dict)
    children: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    waits: dict[uuid.UUID, Wait] = field(default_factory=dict)


def facts_of(documents: Iterable[Document]) -> Facts:
    """Pages by state, children and waits of these documents: at most five queries however many they are."""
    documents = list(documents)
    pages: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    contents = {d.content_id for d in documents}
    by_state = Page.objects.current().filter(document__in=contents).order_by().values_list("document_id", "state")
    for document, state, number in by_state.annotate(number=Count("pk")):
        pages[document][state] = number
    children: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    members = Document.objects.filter(parent__in=[d.pk for d in documents]).order_by("created_at", "pk")
    for child, parent in members.values_list("pk", "parent_id"):
        children[parent].append(child)
    unfinished = [d.content_id for d in documents if d.status in (Status.QUEUED, Status.PROCESSING)]
    return Facts(pages, children, waits(unfinished))


class ProgressSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    pages = serializers.IntegerField(allow_null=True)
    percent = serializers.IntegerField()


class ErrorSerializer(serializers.Serializer[Any]):
    """Why it failed; `class` is permanent or retryable, `advice` what to do."""

    code = serializers.CharField()
    message = serializers.CharField()
    advice = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.ChoiceField(choices=["permanent", "retryable"])}


class PagesByStateSerializer(serializers.Serializer[Any]):
    text = serializers.IntegerField()
    ocr = serializers.IntegerField()
    blank = serializers.IntegerField()
    unreadable = serializers.IntegerField()


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """A document; make it with `shown`, which looks up what other rows say for all at once."""

    progress = serializers.SerializerMethodField()
    queue_position = serializers.SerializerMethodField()
    eta_s = serializers.SerializerMethodField()
    eta_range_s = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    pages_by_state = serializers.SerializerMethodField()
    children = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = [
            "id",
            "case",
            "name",
            "path",
            "custodian",
            "source",
            "batch",
            "sha256",
            "size",
            "media_type",
            "status",
            "stage",
            "progress",
            "queue_position",
            "eta_s",
            "eta_range_s",
            "error",
            "warnings",
            "meta",
            "page_count",
            "pages_by_state",
            "parent",
            "children",
            "duplicate_of",
            "extractor_version",
            "timings",
            "created_at",
            "finished_at",
        ]
        read_only_fields = [f for f in fields if f not in ("name", "custodian", "source")]

    def validate_name(self, name: str) -> str:
        return clean_name(name)

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, document: Document) -> dict[str, int | None]:
        return {"page": document.pages_done, "pages": document.page_count, "percent": percent(document)}

    def get_queue_position(self, document: Document) -> int | None:
        """How many jobs are queued before it in its case; null once it is being worked on."""
        wait = self._facts.waits.get(document.content_id)
        return wait.position if wait else None

    def get_eta_s(self, document: Document) -> int | None:
        """Seconds until it is searchable, if enough was done lately to tell."""
        wait = self._facts.waits.get(document.content_id)
        return wait.eta_s if wait else None

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField(), allow_null=True))
    def get_eta_range_s(self, document: Document) -> list[int] | None:
        """Between how many and how many seconds, four times of five."""
        wait = self._facts.waits.get(document.content_id)
        return [wait.eta.low, wait.eta.high] if wait and wait.eta else None

    @extend_schema_field(ErrorSerializer(allow_null=True))
    def get_error(self, document: Document) -> dict[str, str] | None:
        return described_error(document.error_code)

    @extend_schema_field(PagesByStateSerializer)
    def get_pages_by_state(self, document: Document) -> dict[str, int]:
        return dict.fromkeys(PageState.values, 0) | self._facts.pages.get(document.content_id, {})

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_children(self, document: Document) -> list[str]:
        return [str(pk) for pk in self._facts.children.get(document.pk, [])]

    @property
    def _facts(self) -> Facts:
        return self.context["facts"]  # type: ignore[no-any-return]


def described_error(code: str) -> dict[str, str] | None:
    """`{code,class,message,advice}` of an error code, None of none."""
    if not code:
        return None
    kind = ERRORS.get(code) or ERRORS["internal_error"]
    error_class = "permanent" if kind.permanent else "retryable"
    return {"code": code, "class": error_class, "message": kind.message, "advice": kind.advice}


def shown(documents: Iterable[Document]) -> list[dict[str, Any]]:
    """The JSON of documents."""
    documents = list(documents)
    context = {"facts": facts_of(documents)}
    # One serializer for all: making its fields takes longer than filling them.
    serializer = DocumentSerializer(context=context)
    return [dict(serializer.to_representation(d)) for d in documents]


class PageSerializer(serializers.ModelSerializer[Page]):
    """A page: lengths in points, origin top left."""

    class Meta:
        model = Page
        fields = [
            *("number", "label", "state", "text", "width", "height", "rotation"),
            *("confidence", "reason", "tables", "marks"),
        ]


class PageWithWordsSerializer(PageSerializer):
    """A page with its words: `[start, end, x0, y0, x1, y1]`, characters of `text` and points."""

    words = serializers.SerializerMethodField()

    class Meta(PageSerializer.Meta):
        fields = [*PageSerializer.Meta.fields, "words"]

    @extend_schema_field(serializers.ListField(child=serializers.ListField(child=serializers.FloatField())))
    def get_words(self, page: Page) -> list[list[float]]:
        return [[w.start, w.end, w.x0, w.y0, w.x1, w.y1] for w in unpack(bytes(page.words))]
