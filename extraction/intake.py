"""How a file comes in: content to storage, then Document and job in one transaction, then a wake-up.

Redis may be down: the job row is the promise, the message only makes it quick.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from cases.models import Case
from documents import storage
from documents.models import Batch, Document, Stage, Status
from extraction import ledger, progress
from extraction.errors import PermanentError, RetryableError
from extraction.models import JobStage
from extraction.names import clean_name, clean_path
from extraction.readers import supported
from extraction.sniff import name_disagrees, sniff_file

_FATE = ("status", "stage", "page_count", "pages_done", "error_code", "warnings", "finished_at", "extractor_version")


@dataclass(frozen=True)
class Incoming:
    """What the sender says of a file; every field but the batch, which is one of the case, is untrusted."""

    name: str
    path: str = ""
    custodian: str = ""
    source: str = ""
    size: int | None = None
    batch: Batch | None = None


def take_in(
    case: Case,
    chunks: Iterable[bytes],
    incoming: Incoming,
    user: Any = None,
    along: Callable[[Document], None] = lambda document: None,
) -> Document:
    """Store a file in a case and queue it for reading.

    A file that cannot be read (unknown type, empty) is stored all the same and ends as `failed` with its code:
    it is part of the record. A file whose content the case already has becomes a reference to the first one.
    `along` is called in the transaction that makes it, and what it raises undoes all.
    Raises PermanentError(too_large) or RetryableError(storage_full | storage_unavailable); both leave no trace.
    """
    try:
        staged = storage.stage(chunks, limit=settings.LEXINTEL_MAX_UPLOAD_MB << 20, expected=incoming.size)
    except storage.TooLarge:
        raise PermanentError("too_large") from None
    except storage.StorageError as error:
        raise RetryableError(error.code) from error
    try:
        with transaction.atomic():
            storage.lock(staged.sha256)
            staged.publish()
            document = record(case, staged, incoming, user)
            along(document)
            return document
    except storage.StorageError as error:
        raise RetryableError(error.code) from error
    finally:
        staged.discard()


def record(
    case: Case, staged: storage.Staged, incoming: Incoming, user: Any = None, parent: Document | None = None
) -> Document:
    """The row, and the job, of content that has been published in the same transaction under its lock.

    `parent`: the document inside which it was found.
    """
    name = clean_name(incoming.name)
    media_type = _media_type(staged, name)
    document = Document(
        case=case,
        parent=parent,
        batch_id=parent.batch_id if parent else incoming.batch.pk if incoming.batch else None,
        depth=parent.depth + 1 if parent else 0,
        name=name,
        path=clean_path(incoming.path) or name,
        custodian=incoming.custodian.strip()[:200],
        source=incoming.source.strip()[:200],
        sha256=staged.sha256,
        size=staged.size,
        media_type=media_type,
        uploaded_by=user,
        warnings=["name_disagrees_with_content"] if name_disagrees(media_type, name) else [],
    )
    original = Document.objects.filter(case=case, sha256=staged.sha256, duplicate_of=None).first()
    if original is not None:
        _refer_to(original, document)
    elif code := _refusal(staged.size, media_type):
        document.status, document.error_code = Status.FAILED, code
        document.finished_at = Now()
    document.save(force_insert=True)
    if original is None and document.status == Status.QUEUED:
        ledger.queue(document, JobStage.READ)
    document.refresh_from_db(fields=["created_at", "finished_at"])
    progress.announce(document)
    return document


def _media_type(staged: storage.Staged, name: str) -> str:
    with storage.open_blob(staged.sha256) as file:
        return sniff_file(file, staged.head, name=name)


def _refusal(size: int, media_type: str) -> str:
    """The code of what will never be readable, empty if there is hope."""
    if size == 0:
        return "empty"
    return "" if supported(media_type) else "unsupported_type"


def _refer_to(original: Document, document: Document) -> None:
    """A duplicate shares the fate of its original, and follows it (see `ledger.settle_duplicates`)."""
    document.duplicate_of = original
    document.media_type = original.media_type
    for field in _FATE:
        setattr(document, field, getattr(original, field))
    if document.status == Status.PROCESSING:
        document.status, document.stage = Status.QUEUED, Stage.READ
