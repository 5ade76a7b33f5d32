"""The API of files that come in parts: tus 1.0, which clients exist for in most languages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import get_visible
from cases.models import Role
from cases.permission import require, require_case
from extraction import resumable, tus_headers
from extraction.api import STORAGE_STATUS
from extraction.batches import open_batch
from extraction.errors import ERRORS, PermanentError, RetryableError
from extraction.intake import Incoming
from extraction.models import Upload
from lexintel.problems import Problem

MOST_BYTES_A_PART = 8 << 20
_STATUS = STORAGE_STATUS | {"too_large": 413}
_RESUMABLE = OpenApiParameter("Tus-Resumable", str, OpenApiParameter.HEADER, required=True, enum=[tus_headers.VERSION])


def _header(name: str, kind: Any, said: str = "", *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=required, description=said)


class MetadataSerializer(serializers.Serializer[Any]):
    """What Upload-Metadata says of a file."""

    filename = serializers.CharField(max_length=4096)
    case = serializers.UUIDField()
    path = serializers.CharField(max_length=20_000, allow_blank=True, default="")
    custodian = serializers.CharField(max_length=200, allow_blank=True, default="")
    source = serializers.CharField(max_length=200, allow_blank=True, default="")  # type: ignore[assignment]
    batch = serializers.UUIDField(required=False)
    batch_name = serializers.CharField(max_length=255, allow_blank=True, default="")


class UploadStateSerializer(serializers.ModelSerializer[Upload]):
    """`received` of `size` bytes are safe; `document` is null until all are."""

    class Meta:
        model = Upload
        fields = ("id", "case", "name", "path", "size", "received", "document", "created_at", "expires_at")


class TusView(generics.GenericAPIView[Upload]):
    """What every answer of the protocol has."""

    serializer_class = UploadStateSerializer

    def get_queryset(self) -> QuerySet[Upload]:
        return Upload.objects.visible_to(self.request.user)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # For clients that know no other methods.
        other = request.headers.get("X-HTTP-Method-Override", "").upper()
        if request.method == "POST" and other in ("PATCH", "DELETE"):
            request.method = other
        return super().dispatch(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = tus_headers.VERSION
        response["Cache-Control"] = "no-store"
        if response.status_code == 412:
            response["Tus-Version"] = tus_headers.VERSION
        return response

    def speaks_tus(self) -> None:
        """Asked after who may, so that nobody learns anything from it."""
        if self.request.headers.get("Tus-Resumable") != tus_headers.VERSION:
            raise Problem(412, "tus_version", f"Send the header Tus-Resumable: {tus_headers.VERSION}.")

    def answered(self, upload: Upload, status: int) -> Response:
        """Where the upload is, in headers."""
        response = Response(status=status)
        response["Upload-Offset"], response["Upload-Length"] = str(upload.received), str(upload.size)
        response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
        if upload.document_id:
            response["X-Document-Id"] = str(upload.document_id)
        return response


class UploadList(TusView):
    """Uploads in parts."""

    ordering = "-created_at"

    @extend_schema(operation_id="uploads_list", responses=UploadStateSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Mine that are not finished, newest first."""
        page = self.paginate_queryset(self.get_queryset().filter(document=None)) or []
        return self.get_paginated_response(UploadStateSerializer(page, many=True).data)

    @extend_schema(exclude=True)
    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What of the protocol is known here."""
        response = Response(status=204)
        response["Tus-Version"], response["Tus-Extension"] = tus_headers.VERSION, tus_headers.EXTENSIONS
        response["Tus-Max-Size"] = str(settings.LEXINTEL_MAX_UPLOAD_MB << 20)
        response["Tus-Checksum-Algorithm"] = tus_headers.CHECKSUMS
        return response

    @extend_schema(
        parameters=[
            _RESUMABLE,
            _header("Upload-Length", int, "Bytes of the whole file."),
            _header("Upload-Metadata", str, "filename, case; path, custodian, source, batch, batch_name: base64."),
        ],
        request=None,
        responses={201: None},
    )
    def post(self, request: Request) -> Response:
        """Begin; for reviewers of the case. The parts go to `Location`. An empty file is a document at once."""
        self.speaks_tus()
        try:
            said = tus_headers.metadata(request.headers.get("Upload-Metadata", ""))
        except ValueError as error:
            raise Problem(400, "invalid", f"Upload-Metadata cannot be read: {error}.") from None
        form = MetadataSerializer(data=said)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        case = require_case(request.user, given["case"], Role.REVIEWER)
        size = tus_headers.number(request.headers.get("Upload-Length"))
        if size is None:
            raise Problem(400, "invalid", "Upload-Length has to say how many bytes the file has.")
        batch = open_batch(case, request.user, given["batch_name"], given["batch"]) if "batch" in given else None
        incoming = Incoming(
            name=given["filename"],
            path=given["path"],
            custodian=given["custodian"],
            source=given["source"],
            size=size,
            batch=batch,
        )
        try:
            upload = resumable.begin(case, request.user, incoming)
        except resumable.TooManyOpen:
            detail = "You have begun very many uploads. Finish some, or give them up, and begin this one again."
            raise Problem(429, "too_many_uploads", detail) from None
        except (PermanentError, RetryableError) as error:
            raise _problem(error) from None
        response = self.answered(upload, 201)
        response["Location"] = reverse("api-upload", args=[upload.pk])
        return response


class UploadDetail(TusView):
    """One upload in parts. Only who began it finds it."""

    @extend_schema(operation_id="uploads_retrieve")
    def get(self, request: Request, upload: UUID) -> Response:
        """Where it is, as JSON."""
        return Response(UploadStateSerializer(get_visible(request.user, Upload.objects, upload)).data)

    @extend_schema(parameters=[_RESUMABLE], responses={200: None})
    def head(self, request: Request, upload: UUID) -> Response:
        """Where it is, in the headers Upload-Offset and, when it is finished, X-Document-Id."""
        found = get_visible(request.user, Upload.objects, upload)
        self.speaks_tus()
        return self.answered(found, 200)

    @extend_schema(
        parameters=[
            _RESUMABLE,
            _header("Upload-Offset", int, "Where the part begins."),
            _header("Upload-Checksum", str, "sha256 or sha1 of the part, base64.", required=False),
        ],
        request={tus_headers.PART_TYPE: OpenApiTypes.BINARY},
        responses={204: None},
    )
    def patch(self, request: Request, upload: UUID) -> Response:
        """Append a part of at most 8 MiB. The answer to the last one carries X-Document-Id.

        409 if it begins elsewhere: ask by HEAD where to go on. 423 while the parts are put together. 460 if it was
        damaged on the way: send it again.
        """
        found = require(request.user, Upload.objects, upload, Role.REVIEWER)
        self.speaks_tus()
        if request.content_type != tus_headers.PART_TYPE:
            raise Problem(415, "unsupported_media_type", f"A part is sent as {tus_headers.PART_TYPE}.")
        start = tus_headers.number(request.headers.get("Upload-Offset"))
        if start is None:
            raise Problem(400, "invalid", "Upload-Offset has to say at which byte the part begins.")
        data = _part(request)
        try:
            return self.answered(resumable.append(found, start, data), 204)
        except resumable.WrongPlace as error:
            detail = f"The upload goes on at byte {error.received}."
            raise Problem(409, "wrong_offset", detail, headers={"Upload-Offset": str(error.received)}) from None
        except resumable.Finishing:
            detail = "All parts are there and are being put together. Ask by HEAD in a moment."
            raise Problem(423, "finishing", detail, headers={"Retry-After": "2"}) from None
        except resumable.PartsLost:
            resumable.give_up(found)
            raise Problem(410, "parts_lost", "What was sent before is not there any more. Begin again.") from None
        except (PermanentError, RetryableError) as error:
            raise _problem(error) from None
        except (Upload.DoesNotExist, IntegrityError):
            if Upload.objects.filter(pk=upload).exists():
                raise
            # It was given up, or its case deleted, while the part came in.
            raise Http404 from None

    @extend_schema(parameters=[_RESUMABLE], responses={204: None})
    def delete(self, request: Request, upload: UUID) -> Response:
        """Give it up. A document that has come of it stays."""
        found = get_visible(request.user, Upload.objects, upload)
        self.speaks_tus()
        resumable.give_up(found)
        return Response(status=204)


def _part(request: Request) -> bytes:
    """The body, whole and undamaged. Raises Problem."""
    data: bytes = request._request.read(MOST_BYTES_A_PART + 1)
    if len(data) > MOST_BYTES_A_PART:
        raise Problem(413, "part_too_large", "A part may be at most 8 MiB large; send the file in several.")
    checksum = request.headers.get("Upload-Checksum")
    try:
        if checksum and not tus_headers.fits(checksum, data):
            detail = "The part was damaged on the way; send it again."
            raise Problem(tus_headers.CHECKSUM_MISMATCH, "damaged_part", detail)
    except ValueError as error:
        raise Problem(400, "invalid", f"Upload-Checksum cannot be used: {error}.") from None
    return data


def _problem(error: PermanentError | RetryableError) -> Problem:
    described = ERRORS[error.code]
    headers = {"Retry-After": "5"} if isinstance(error, RetryableError) else {}
    return Problem(_STATUS.get(error.code, 503), error.code, f"{described.message} {described.advice}", headers=headers)
