"""The API of adding documents and of doing them again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.http import Http404, QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import get_visible
from cases.models import Case, Role
from cases.permission import require, require_case
from documents.models import Batch, Document
from documents.serializers import DocumentSerializer, shown
from extraction.batches import open_batch
from extraction.errors import ERRORS, PermanentError, RetryableError
from extraction.intake import Incoming, take_in
from extraction.names import clean_name
from extraction.reprocess import Again, Selection, reprocess, select
from extraction.reprocess_forecast import forecast
from extraction.serializers import (
    CaseReprocessSerializer,
    ReprocessedSerializer,
    ReprocessSerializer,
    TakenInSerializer,
    UploadSerializer,
)
from lexintel.problems import Problem


class Upload(generics.GenericAPIView[Document]):
    """Adding files to a case."""

    parser_classes = [MultiPartParser]
    serializer_class = UploadSerializer

    @extend_schema(request={"multipart/form-data": UploadSerializer}, responses={202: TakenInSerializer})
    def post(self, request: Request, case: UUID) -> Response:
        """Add files; for reviewers. What could not be taken in is in `rejected`, the rest is queued.

        If nothing could be because the storage is full (507) or does not answer (503), that is the answer.
        """
        found = require_case(request.user, case, Role.REVIEWER)
        form = UploadSerializer(data=_lists(request))
        form.is_valid(raise_exception=True)
        given = form.validated_data
        taken: list[Document] = []
        rejected: list[dict[str, str]] = []
        paths = given.get("paths") or [""] * len(given["files"])
        batch = self._batch(found, given)
        for file, path in zip(given["files"], paths, strict=True):
            incoming = Incoming(
                name=file.name,
                path=path,
                custodian=given["custodian"],
                source=given["source"],
                size=file.size,
                batch=batch,
            )
            try:
                taken.append(_take_in(found, file, incoming, request.user))
            except (PermanentError, RetryableError) as error:
                name = clean_name(file.name)
                rejected.append({"name": name, "code": error.code, "message": ERRORS[error.code].message})
        if not taken and (problem := _of_the_storage(rejected)):
            raise problem
        told = {"batch": batch and batch.pk, "documents": shown(taken), "rejected": rejected}
        return Response(told, status=202)

    def _batch(self, case: Case, given: dict[str, Any]) -> Batch | None:
        """One file alone needs none."""
        if "batch" not in given and len(given["files"]) < 2:
            return None
        return open_batch(case, self.request.user, given["batch_name"], given.get("batch"))


STORAGE_STATUS = {"storage_full": 507, "storage_unavailable": 503}


def _of_the_storage(rejected: list[dict[str, str]]) -> Problem | None:
    """What all files were refused for, if it is not the files' fault; `rejected` names them."""
    codes = {each["code"] for each in rejected}
    if len(codes) != 1 or not codes <= STORAGE_STATUS.keys():
        return None
    (code,) = codes
    message = f"{ERRORS[code].message} Nothing was added; try again later."
    return Problem(STORAGE_STATUS[code], code, message, rejected=rejected)


def _lists(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, QueryDict):  # a request without a body
        return {"files": []}
    names = ("custodian", "source", "batch", "batch_name")
    data: dict[str, Any] = {name: request.data[name] for name in names if name in request.data}
    if paths := request.data.getlist("paths"):
        data["paths"] = paths
    return data | {"files": request.FILES.getlist("files")}


def _take_in(case: Case, file: UploadedFile, incoming: Incoming, user: Any) -> Document:
    try:
        return take_in(case, file.chunks(), incoming, user)
    except IntegrityError:
        # The case was deleted while its files came in.
        if not Case.objects.filter(pk=case.pk).exists():
            raise Http404 from None
        raise


class DocumentReprocess(generics.GenericAPIView[Document]):
    """Doing one document again."""

    serializer_class = ReprocessSerializer

    @extend_schema(responses={202: DocumentSerializer})
    def post(self, request: Request, document: UUID) -> Response:
        """Read, index or embed it again; for reviewers. What is shown stays until the new text is whole."""
        found = require(request.user, Document.objects, document, Role.REVIEWER)
        form = ReprocessSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        if not reprocess(Document.objects.filter(pk=found.pk), **form.validated_data):
            raise Problem(409, "nothing_to_read", "There is nothing in it that could be read.")
        return Response(shown([get_visible(request.user, Document.objects, document)])[0], status=202)


class CaseReprocess(generics.GenericAPIView[Case]):
    """Doing many documents of a case again."""

    serializer_class = CaseReprocessSerializer

    @extend_schema(responses={202: ReprocessedSerializer})
    def post(self, request: Request, case: UUID) -> Response:
        """Read, index or embed the selected documents again, or with `dry_run` only say what that comes to; for
        reviewers."""
        found = require_case(request.user, case, Role.REVIEWER)
        form = CaseReprocessSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        again = Again(**{name: given[name] for name in ("from_stage", "pages", "force_ocr", "passwords_to_try")})
        documents = select(
            Selection(
                case_id=found.pk,
                document_ids=given["documents"],
                status=given["status"],
                error_code=given["error_code"],
                extractor_older_than=given.get("extractor_older_than"),
            )
        )
        expected = forecast(documents, again)
        queued = 0 if given["dry_run"] else reprocess(documents, **vars(again))
        answer = {
            "documents": expected.total.documents,
            "pages": expected.total.pages,
            "by_status": {status: load.documents for status, load in expected.by_status.items()},
            "eta_range_s": [expected.eta.low, expected.eta.high] if expected.eta else None,
            "queued": queued,
            "dry_run": given["dry_run"],
        }
        return Response(answer, status=202)
