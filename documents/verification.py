"""Whether every original that a document refers to is there and is what came in, and what lies there for nothing."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction

from documents import storage
from documents.models import Document

# Nobody uploads one file for so long: what is older was left by a process that died.
ABANDONED_AFTER_S = 24 * 3600
SHA256_DIGITS = 64


@dataclass(frozen=True)
class Damage:
    """An original that cannot be read as it came in: `what` is missing, changed or unreadable."""

    sha256: str
    what: str
    documents: list[str]


def damaged(advance: Callable[[], None] = lambda: None) -> Iterator[Damage]:
    """Read every original through; those that are not what their name says. Calls `advance` after each."""
    for sha256 in contents():
        what = storage.what_is_wrong(sha256)
        if what:
            ids = Document.objects.filter(sha256=sha256).order_by("created_at", "pk").values_list("pk", flat=True)
            # Deleted since: it may be gone.
            if ids:
                yield Damage(sha256, what, [str(pk) for pk in ids])
        advance()


def contents() -> list[str]:
    """The SHA-256 of every content that documents refer to."""
    return list(Document.objects.exclude(sha256="").order_by("sha256").values_list("sha256", flat=True).distinct())


def unreferenced() -> list[str]:
    """What no document refers to, left when a process died between two steps: contents by their SHA-256, and names of
    files that never came in. Raises StorageError."""
    known = set(contents())
    return sorted([*(name for name in storage.names() if name not in known), *_abandoned()])


def _abandoned() -> Iterator[str]:
    incoming = storage.place().incoming
    for file in incoming.iterdir() if incoming.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > ABANDONED_AFTER_S:
                yield file.name


def remove(name: str) -> bool:
    """Delete one of `unreferenced`, unless a document has come to refer to it since; whether it is gone."""
    if len(name) != SHA256_DIGITS:
        (storage.place().incoming / name).unlink(missing_ok=True)
        return True
    with transaction.atomic():
        storage.lock(name)
        if Document.objects.filter(sha256=name).exists():
            return False
        storage.delete_blob(name)
    return True
