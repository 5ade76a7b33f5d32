"""What is kept for nothing: of contents that no document refers to any more, because another machine deleted them,
and of uploads that nobody went on with.

Whoever deletes a document removes its copies and page images on the machine where that happens; every web and worker
process looks now and then for what others have deleted.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.db import DatabaseError, close_old_connections
from psycopg_pool import PoolTimeout

from documents import storage
from documents.models import Document
from documents.storage_bucket import BucketOfOriginals
from extraction import page_images, resumable

log = structlog.get_logger()

EVERY_S = 600.0
# Younger ones may belong to a document that is about to be committed.
YOUNG_S = 600.0
_BATCH = 500


def forget() -> int:
    """Remove copies and pictures of contents that are gone; how many contents. Raises DatabaseError."""
    kept = sorted({*_copies(), *_pictures()})
    gone = 0
    for start in range(0, len(kept), _BATCH):
        batch = kept[start : start + _BATCH]
        known = set(Document.objects.filter(sha256__in=batch).values_list("sha256", flat=True))
        for sha256 in batch:
            if sha256 not in known:
                _forget(sha256)
                gone += 1
    return gone


def forget_for_ever() -> None:
    """Returns never."""
    while True:
        time.sleep(EVERY_S)
        try:
            forget()
            resumable.sweep()
        except (DatabaseError, PoolTimeout, OSError, storage.StorageError) as error:
            log.warning("pass_failed", of="leftovers", error=type(error).__name__)
        finally:
            close_old_connections()


def watch() -> None:
    """Begin `forget_for_ever` in a thread of its own."""
    threading.Thread(target=forget_for_ever, name="leftovers", daemon=True).start()


def _forget(sha256: str) -> None:
    page_images.forget(sha256)
    here = storage.place()
    if isinstance(here, BucketOfOriginals):
        here.near.forget(sha256)


def _copies() -> Iterator[str]:
    here = storage.place()
    if isinstance(here, BucketOfOriginals):
        yield from _old(here.near.folder)


def _pictures() -> Iterator[str]:
    folder = page_images.folder()
    for part in folder.iterdir() if folder.is_dir() else ():
        yield from _old(part)


def _old(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    before = time.time() - YOUNG_S
    for entry in os.scandir(folder):
        if len(entry.name) == 64 and entry.stat().st_mtime < before:
            yield entry.name
