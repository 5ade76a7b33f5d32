"""Whether every original that a document refers to is there and is what came in, and what lies there for nothing."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from documents import storage
from documents.models import Document

# Nobody uploads one file for so long: what is older was left by a process that died.
ABANDONED_AFTER_S = 24 * 3600
_SHA256_DIGITS = 64


@dataclass(frozen=True)
class Damage:
    """An original that cannot be read as it came in: `what` is missing, changed or unreadable."""

    sha256: str
    what: str
    documents: list[str]


def damaged(advance: Callable[[], None] = lambda: None) -> Iterator[Damage]:
    """Read every original through; those that are not what their name says. Calls `advance` after each."""
    for sha256 in contents():
        what = _state(sha256)
        if what:
            ids = Document.objects.filter(sha256=sha256).order_by("created_at", "pk").values_list("pk", flat=True)
            # Deleted since: it may be gone.
            if ids:
                yield Damage(sha256, what, [str(pk) for pk in ids])
        advance()


def contents() -> list[str]:
    """The SHA-256 of every content that documents refer to."""
    return list(Document.objects.exclude(sha256="").order_by("sha256").values_list("sha256", flat=True).distinct())


def _state(sha256: str) -> str:
    try:
        storage.open_verified(sha256).close()
    except storage.BlobMissing:
        return "changed" if storage.path_of(sha256).exists() else "missing"
    except storage.StorageError:
        return "unreadable"
    return ""


def unreferenced() -> list[Path]:
    """Files that no document refers to: left when a process died between two steps."""
    known, found = set(contents()), []
    for folder, _, names in os.walk(storage.root()):
        if Path(folder) == storage.root() / "incoming":
            found += [file for name in names if _is_abandoned(file := Path(folder) / name)]
        else:
            found += [Path(folder) / n for n in names if len(n) == _SHA256_DIGITS and n not in known]
    return sorted(found)


def _is_abandoned(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime > ABANDONED_AFTER_S
    except FileNotFoundError:
        return False


def remove(file: Path) -> bool:
    """Delete one of `unreferenced`, unless a document has come to refer to it since; whether it is gone."""
    if file.parent == storage.root() / "incoming":
        file.unlink(missing_ok=True)
        return True
    with transaction.atomic():
        storage.lock(file.name)
        if Document.objects.filter(sha256=file.name).exists():
            return False
        storage.delete_blob(file.name)
    return True
