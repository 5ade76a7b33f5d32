"""Pictures of pages in the bucket, so that several machines draw each of them once.

Only where originals lie in a bucket: otherwise machines share a disk or are one. A bucket that does not answer costs
the viewer nothing but the drawing. How long pictures stay is a lifecycle rule of the bucket for `page-images/`.
"""

from __future__ import annotations

import time

from django.conf import settings

from documents import side_files
from documents.models import Document
from documents.storage_errors import BlobMissing, StorageError

FOLDER = "page-images"
# A bucket that did not answer is not asked for so long: each question would keep a reader waiting.
LEFT_ALONE_S = 30.0
_away_until: dict[str, float] = {}


def get(sha256: str, name: str) -> bytes | None:
    """The picture, if another machine has made it."""
    if not _answers():
        return None
    try:
        return side_files.get(f"{FOLDER}/{sha256}/{name}")
    except BlobMissing:
        return None
    except StorageError:
        _is_away()
        return None


def put(sha256: str, name: str, data: bytes) -> None:
    """Let others have it."""
    if not _answers():
        return
    try:
        side_files.put(f"{FOLDER}/{sha256}/{name}", data)
        # Whoever deletes the last document with this content looks for its pictures afterwards; and if that was just
        # before this one was put there, it is found here.
        if not Document.objects.filter(sha256=sha256).exists():
            side_files.drop(f"{FOLDER}/{sha256}")
    except StorageError:
        _is_away()


def forget(sha256: str) -> None:
    """Remove the pictures of a content."""
    if not side_files.in_a_bucket():
        return
    try:
        side_files.drop(f"{FOLDER}/{sha256}")
    except StorageError:
        _is_away()


def _answers() -> bool:
    return side_files.in_a_bucket() and time.monotonic() >= _away_until.get(settings.STORAGE_URL, 0.0)


def _is_away() -> None:
    _away_until[settings.STORAGE_URL] = time.monotonic() + LEFT_ALONE_S
