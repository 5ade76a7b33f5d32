"""What the API takes in to add documents and to do them again."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from documents.models import Status
from documents.serializers import DocumentSerializer
from extraction.errors import ERRORS
from extraction.models import JobStage
from extraction.passwords import MAX_CHARS, MOST
from extraction.reprocess import parse_pages


class UploadSerializer(serializers.Serializer[Any]):
    """`paths`, if given, has one folder-relative path per file, in the same order."""

    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True, max_length=None), min_length=1)
    paths = serializers.ListField(child=serializers.CharField(allow_blank=True, max_length=20_000), required=False)
    batch = serializers.UUIDField(
        required=False, help_text="Any UUID of your own: files sent with the same one belong together."
    )
    batch_name = serializers.CharField(max_length=255, allow_blank=True, default="", help_text="Used when it is new.")
    custodian = serializers.CharField(max_length=200, allow_blank=True, default="")
    source = serializers.CharField(max_length=200, allow_blank=True, default="")  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("paths") and len(attrs["paths"]) != len(attrs["files"]):
            raise serializers.ValidationError({"paths": ["There must be as many paths as files, or none."]})
        return attrs


class RejectedSerializer(serializers.Serializer[Any]):
    """A file that was not taken in, and why."""

    name = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class TakenInSerializer(serializers.Serializer[Any]):
    """`batch` is null for one file that was sent without any."""

    batch = serializers.UUIDField(allow_null=True)
    documents = DocumentSerializer(many=True)
    rejected = RejectedSerializer(many=True)


@extend_schema_field({"oneOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "string"}], "default": []})
class PagesField(serializers.Field[Any, Any, Any, Any]):
    """Page numbers: a list, or text such as "3,7-9"."""

    def to_internal_value(self, data: Any) -> tuple[int, ...]:
        listed = data if isinstance(data, list) else [data]
        try:
            # True is a number for Python.
            if not all(isinstance(item, int | str) and not isinstance(item, bool) for item in listed):
                raise ValueError("neither numbers nor ranges")
            return parse_pages(",".join(map(str, listed)))
        except ValueError:
            raise serializers.ValidationError("Give page numbers, for example [3, 7] or “3,7-9”.") from None

    def to_representation(self, value: Any) -> list[int]:
        return list(value)


class ReprocessSerializer(serializers.Serializer[Any]):
    from_stage = serializers.ChoiceField(choices=JobStage.choices, default=JobStage.READ)
    pages = PagesField(default=(), help_text="Read only these pages again.")
    force_ocr = serializers.BooleanField(default=False)
    password = serializers.CharField(
        max_length=MAX_CHARS, required=False, trim_whitespace=False, write_only=True, style={"input_type": "password"}
    )
    passwords = serializers.ListField(
        child=serializers.CharField(max_length=MAX_CHARS, trim_whitespace=False),
        max_length=MOST,
        default=list,
        write_only=True,
        help_text="Tried one after the other, once; never stored.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [attrs.pop("password")] if "password" in attrs else []
        attrs["passwords_to_try"] = tuple(given + attrs.pop("passwords"))
        return attrs


class CaseReprocessSerializer(ReprocessSerializer):
    """Which documents of the case; nothing named selects all. `stage` may stand for `from_stage`."""

    documents = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=10_000)
    status = serializers.ChoiceField(choices=Status.choices, default="", allow_blank=True)
    stage = serializers.ChoiceField(choices=JobStage.choices, required=False)
    error_code = serializers.ChoiceField(choices=sorted(ERRORS), default="", allow_blank=True)
    extractor_older_than = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    dry_run = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if stage := attrs.pop("stage", None):
            attrs["from_stage"] = stage
        return attrs


class ReprocessedSerializer(serializers.Serializer[Any]):
    """How many documents and pages were selected, and how many documents were queued (none in a dry run).

    `eta_range_s`: between how many and how many seconds it takes from its turn on, null if unknown.
    """

    documents = serializers.IntegerField()
    pages = serializers.IntegerField()
    by_status = serializers.DictField(child=serializers.IntegerField())
    eta_range_s = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    queued = serializers.IntegerField()
    dry_run = serializers.BooleanField()
