"""Files that come in parts, so that a lost connection costs one part and not an hour.

begin ─▶ append … append ─▶ the last part: all of them become a document, by the same door as any other file

A part counts when its bytes are safe and its row says so. The last one makes the document in the same transaction in
which it is counted: whoever dies in between leaves an upload whose last part is sent again. Parts lie beside the
originals, so any web machine may take the next one. Two who send the same part: the database lets one of them count.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from cases.models import Case
from documents import side_files
from documents.models import Document
from documents.storage_errors import BlobMissing, StorageError
from extraction.errors import PermanentError, RetryableError
from extraction.intake import Incoming, take_in
from extraction.models import Upload, UploadPart
from extraction.names import clean_name, clean_path

# Since the last part: after that it is forgotten, and its parts with it.
KEPT_FOR = timedelta(days=7)
# Of one person, unfinished.
MOST_OPEN = 1000
FOLDER = "uploads"


class WrongPlace(Exception):
    """A part begins elsewhere than where the upload goes on; `received` is where."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


class PartsLost(Exception):
    """What had been received is not there any more: the upload has to begin again."""


class Finishing(Exception):
    """The last part is there and the document is being made: ask again in a moment."""


class TooManyOpen(Exception):
    """The person has begun very many uploads and not finished them."""


def begin(case: Case, user: Any, incoming: Incoming) -> Upload:
    """An upload to append to; `incoming.size` is known. Raises PermanentError(too_large), RetryableError, TooManyOpen.

    An empty file is a document at once.
    """
    size = incoming.size or 0
    if size > settings.LEXINTEL_MAX_UPLOAD_MB << 20:
        raise PermanentError("too_large")
    if Upload.objects.filter(added_by=user, document=None).count() >= MOST_OPEN:
        raise TooManyOpen
    upload = Upload.objects.create(
        case=case,
        added_by=user,
        batch=incoming.batch,
        name=clean_name(incoming.name),
        path=clean_path(incoming.path),
        custodian=incoming.custodian,
        source=incoming.source,
        size=size,
        expires_at=Now() + KEPT_FOR,
    )
    upload.refresh_from_db()
    return upload if size else append(upload, 0, b"")


def append(upload: Upload, start: int, data: bytes) -> Upload:
    """Add the next part. With the last one the document is made: `document` of what is returned.

    Raises WrongPlace; Finishing; Upload.DoesNotExist if it was given up meanwhile; PartsLost; PermanentError(too_large)
    for more than was announced; RetryableError if the storage is full or away: then nothing has changed, and the same
    part may be sent again.
    """
    if start != upload.received or upload.document_id:
        raise WrongPlace(upload.received)
    end = start + len(data)
    if end > upload.size:
        raise PermanentError("too_large")
    if end == upload.size:
        with _alone(upload):
            _finish(upload, data)
    elif data:
        _keep(upload, data)
    upload.refresh_from_db()
    return upload


def _keep(upload: Upload, data: bytes) -> None:
    name = secrets.token_hex(16)
    try:
        side_files.put(_place(upload.pk, name), data)
    except StorageError as error:
        raise RetryableError(error.code) from error
    with transaction.atomic():
        _count(upload, len(data))
        UploadPart.objects.create(upload=upload, start=upload.received, size=len(data), name=name)


@contextmanager
def _alone(upload: Upload) -> Iterator[None]:
    """Putting gigabytes together may outlast the patience of a proxy, whose client then sends the last part again.

    Held by the database session, so that it ends with whoever dies. Raises Finishing if somebody else holds it.
    """
    key = (upload.pk.int >> 64) - (1 << 63)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise Finishing
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _finish(upload: Upload, last: bytes) -> None:
    incoming = Incoming(
        name=upload.name,
        path=upload.path,
        custodian=upload.custodian,
        source=upload.source,
        size=upload.size,
        batch=upload.batch,
    )

    def count(document: Document) -> None:
        _count(upload, len(last), document=document)

    take_in(upload.case, _pieces(upload, last), incoming, upload.added_by, count)
    _forget(upload.pk)


def _count(upload: Upload, more: int, **changes: Any) -> None:
    """In a transaction. Raises WrongPlace if somebody else has appended meanwhile."""
    here = Upload.objects.filter(pk=upload.pk, received=upload.received, document=None)
    if not here.update(received=upload.received + more, expires_at=Now() + KEPT_FOR, **changes):
        upload.refresh_from_db()
        raise WrongPlace(upload.received)


def _pieces(upload: Upload, last: bytes) -> Iterator[bytes]:
    try:
        for part in upload.parts.all():
            data = side_files.get(_place(upload.pk, part.name))
            if len(data) != part.size:
                raise PartsLost
            yield data
    except BlobMissing:
        raise PartsLost from None
    yield last


def give_up(upload: Upload) -> None:
    """Forget it and what has come of it."""
    Upload.objects.filter(pk=upload.pk).delete()
    _forget(upload.pk)


def sweep() -> int:
    """Forget uploads that nobody goes on with, and parts of those that are finished or gone; how many uploads.

    Raises DatabaseError, StorageError.
    """
    _, gone = Upload.objects.filter(expires_at__lt=Now()).delete()
    for folder in list(side_files.folders(FOLDER)):
        try:
            unfinished = Upload.objects.filter(pk=uuid.UUID(folder), document=None).exists()
        except ValueError:
            continue
        if not unfinished:
            side_files.drop(f"{FOLDER}/{folder}")
    return gone.get(Upload._meta.label, 0)


def _forget(upload: uuid.UUID) -> None:
    try:
        side_files.drop(f"{FOLDER}/{upload.hex}")
    except StorageError:
        # `sweep` comes by.
        return


def _place(upload: uuid.UUID, name: str) -> str:
    return f"{FOLDER}/{upload.hex}/{name}"
