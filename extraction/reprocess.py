"""Doing documents again: which ones, and from which stage. The shown version stays until the new one is whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import IntegerField, QuerySet
from django.db.models.functions import Cast

from documents.models import Document, Stage, Status
from extraction import ledger, passwords, progress
from extraction.models import JobStage
from extraction.readers import supported

# More than any document has. Overlapping ranges count twice: they would cost time twice.
MAX_PAGES_NAMED = 100_000


@dataclass(frozen=True)
class Selection:
    """Which documents; empty fields select all."""

    case_id: UUID | None = None
    document_ids: Sequence[UUID] = ()
    status: str = ""
    stage: str = ""
    error_code: str = ""
    extractor_older_than: str = ""


def select(selection: Selection) -> "QuerySet[Document]":
    """The originals that a selection names; duplicates follow their original."""
    documents = Document.objects.originals()
    if selection.case_id:
        documents = documents.filter(case_id=selection.case_id)
    if selection.document_ids:
        documents = documents.filter(pk__in=selection.document_ids)
    if selection.status:
        documents = documents.filter(status=selection.status)
    if selection.stage:
        documents = documents.filter(stage=selection.stage)
    if selection.error_code:
        documents = documents.filter(error_code=selection.error_code)
    if selection.extractor_older_than:
        known = documents.filter(extractor_version__regex=r"^\d+$")
        number = Cast("extractor_version", IntegerField())
        documents = known.annotate(read_by=number).filter(read_by__lt=int(selection.extractor_older_than))
    return documents


def can_be_reprocessed(document: Document) -> bool:
    """Whether there is content, and a reader for it."""
    return document.size > 0 and supported(document.media_type)


def reprocess(
    documents: "QuerySet[Document]",
    *,
    from_stage: str = JobStage.READ,
    pages: Sequence[int] = (),
    force_ocr: bool = False,
    passwords_to_try: Sequence[str] = (),
) -> int:
    """Queue the documents again from a stage; how many were queued.

    `passwords_to_try` are tried one after the other, once, where a file is protected.

    A duplicate is replaced by its original. What can never be read (no reader, no content) is left alone.
    Index and meaning need pages: a document that was never read starts at reading.
    """
    ids = {d.content_id for d in documents.only("pk", "duplicate_of").iterator()}
    return sum(_again(pk, from_stage, pages, force_ocr, passwords_to_try) for pk in sorted(ids))


@transaction.atomic
def _again(pk: UUID, from_stage: str, pages: Sequence[int], force_ocr: bool, tried: Sequence[str]) -> bool:
    document = ledger.lock(pk)
    if document is None or not can_be_reprocessed(document):
        return False
    options: dict[str, Any] = {}
    if from_stage == JobStage.READ or document.version == 0:
        from_stage, version = JobStage.READ, document.version + 1
        if pages and document.version:
            options["pages"] = sorted(set(pages))
        if force_ocr:
            options["force_ocr"] = True
    else:
        version = document.version
    # A running job of any stage would go on with the old text.
    ledger.cancel_live(document)
    document.stage, document.status, document.error_code = Stage(from_stage), Status.QUEUED, ""
    document.pages_done, document.finished_at = 0, None
    document.save(update_fields=["stage", "status", "error_code", "pages_done", "finished_at"])
    if tried:
        options["has_passwords"] = True
    job = ledger.queue(document, from_stage, version=version, options=options)
    if tried:
        passwords.leave(job.pk, tried)
    ledger.settle_duplicates(document)
    progress.announce(document)
    return True


def parse_pages(text: str) -> tuple[int, ...]:
    """Page numbers of "3,7-9". Raises ValueError on anything else, and on more than MAX_PAGES_NAMED of them."""
    numbers: set[int] = set()
    named = 0
    for part in filter(None, (p.strip() for p in text.split(","))):
        first, dash, last = part.partition("-")
        low, high = int(first), int(last if dash else first)
        if not 1 <= low <= high <= MAX_PAGES_NAMED:
            raise ValueError("not a page range")
        named += high - low + 1
        if named > MAX_PAGES_NAMED:
            raise ValueError("too many pages")
        numbers.update(range(low, high + 1))
    return tuple(sorted(numbers))
