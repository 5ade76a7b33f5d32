"""Doing documents again: which ones, and from which stage. The shown version stays until the new one is whole."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Case, IntegerField, QuerySet, When
from django.db.models.functions import Cast, Coalesce
from psycopg.errors import DeadlockDetected

from documents.models import Document, Stage, Status
from extraction import ledger, passwords, progress
from extraction.models import JobStage
from extraction.readers import supported

# More than any document has. Overlapping ranges count twice: they would cost time twice.
MAX_PAGES_NAMED = 100_000
# In one transaction: their workers wait for so many at most.
BATCH = 200
# Two batches meet their rows in one order; with workers that are just beginning a deadlock is possible, and rare.
_TRIES = 3


@dataclass(frozen=True)
class Selection:
    """Which documents; empty fields select all, those that are given must all hold."""

    case_id: UUID | None = None
    document_ids: Sequence[UUID] = ()
    status: str = ""
    error_code: str = ""
    extractor_older_than: int | None = None


def select(selection: Selection) -> "QuerySet[Document]":
    """The originals that a selection names. Of a duplicate that is named, it is its original."""
    documents = Document.objects.originals()
    if selection.case_id:
        documents = documents.filter(case_id=selection.case_id)
    if selection.document_ids:
        named = Document.objects.filter(pk__in=selection.document_ids)
        documents = documents.filter(pk__in=named.values(content=Coalesce("duplicate_of_id", "pk")))
    if selection.status:
        documents = documents.filter(status=selection.status)
    if selection.error_code:
        documents = documents.filter(error_code=selection.error_code)
    if selection.extractor_older_than is not None:
        # By CASE: a filter beside it would not keep the cast from what is no number.
        number = Case(When(extractor_version__regex=r"^\d{1,9}$", then=Cast("extractor_version", IntegerField())))
        documents = documents.alias(read_by=number).filter(read_by__lt=selection.extractor_older_than)
    return documents


def can_be_reprocessed(document: Document) -> bool:
    """Whether there is content, and a reader for it."""
    return document.size > 0 and supported(document.media_type)


@dataclass(frozen=True)
class Again:
    """How: from which stage, and of reading only some pages, all by OCR, with passwords that are tried once."""

    from_stage: str = JobStage.READ
    pages: Sequence[int] = ()
    force_ocr: bool = False
    passwords_to_try: Sequence[str] = ()


def reprocess(
    documents: "QuerySet[Document]",
    *,
    from_stage: str = JobStage.READ,
    pages: Sequence[int] = (),
    force_ocr: bool = False,
    passwords_to_try: Sequence[str] = (),
    advance: Callable[[int], None] = lambda n: None,
) -> int:
    """Queue the documents again from a stage, batch by batch, each in a transaction; how many were queued.

    A duplicate is replaced by its original. What can never be read (no reader, no content) is left alone.
    Index and meaning need pages: a document that was never read starts at reading. `advance` is called after each
    batch with the number of those it has looked at. What is queued already stays so whatever ends this.
    """
    again = Again(from_stage, sorted(set(pages)), force_ocr, passwords_to_try)
    contents = documents.order_by().values_list(Coalesce("duplicate_of_id", "pk"), flat=True).distinct()
    queued = 0
    # A cursor of the server's: of those that are to come, nothing is held here.
    for ids in _batches(contents.iterator(chunk_size=BATCH)):
        queued += _queue(ids, again)
        advance(len(ids))
    return queued


def _batches(ids: Iterator[UUID]) -> Iterator[list[UUID]]:
    while batch := list(islice(ids, BATCH)):
        yield batch


def _queue(ids: Sequence[UUID], again: Again) -> int:
    for _ in range(_TRIES - 1):
        try:
            return _queue_once(ids, again)
        except OperationalError as error:
            # Inside somebody else's transaction there is nothing left to try in.
            if not isinstance(error.__cause__, DeadlockDetected) or connection.in_atomic_block:
                raise
    return _queue_once(ids, again)


@transaction.atomic
def _queue_once(ids: Sequence[UUID], again: Again) -> int:
    documents = [document for document in ledger.lock_all(ids) if can_be_reprocessed(document)]
    # A running job of any stage would go on with the old text.
    ledger.cancel_live_of(documents)
    reading = again.from_stage == JobStage.READ
    known = [document for document in documents if document.version]
    if known:
        _begin(known, again.from_stage, again, ahead=1 if reading else 0, pages=again.pages if reading else ())
    if new := [document for document in documents if not document.version]:
        _begin(new, JobStage.READ, again, ahead=1, pages=())
    with_copies = Document.objects.filter(duplicate_of__in=documents).values_list("duplicate_of_id", flat=True)
    copied = set(with_copies)
    for document in documents:
        if document.pk in copied:
            ledger.settle_duplicates(document)
    return len(documents)


def _begin(documents: list[Document], stage: str, again: Again, *, ahead: int, pages: Sequence[int]) -> None:
    options: dict[str, Any] = {"pages": list(pages)} if pages else {}
    if again.force_ocr and stage == JobStage.READ:
        options["force_ocr"] = True
    if again.passwords_to_try:
        options["has_passwords"] = True
    begins = {"stage": Stage(stage), "status": Status.QUEUED, "error_code": "", "pages_done": 0, "finished_at": None}
    Document.objects.filter(pk__in=[document.pk for document in documents]).update(**begins)
    for document in documents:
        for field, value in begins.items():
            setattr(document, field, value)
    jobs = ledger.queue_all(documents, stage, ahead=ahead, options=options)
    if again.passwords_to_try:
        for job in jobs:
            passwords.leave(job.pk, again.passwords_to_try)
    progress.announce_all(documents)


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
