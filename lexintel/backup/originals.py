"""Originals out of the storage and back into it, each compared with its SHA-256 on the way."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.db import transaction

from documents import storage
from lexintel.backup.manifest import BackupError

FOLDER = "originals"
_PIECE = 1 << 20


def path_of(folder: Path, sha256: str) -> Path:
    return folder / FOLDER / sha256[:2] / sha256


def copy(folder: Path, wanted: Iterable[tuple[str, int]], advance: Callable[[], None]) -> list[str]:
    """Bring these (SHA-256, size) into the backup unless they are there; those that the storage does not have whole.

    Raises BackupError if the storage does not answer, OSError.
    """
    missing = []
    for sha256, size in wanted:
        target = path_of(folder, sha256)
        if not (target.is_file() and target.stat().st_size == size):
            try:
                with storage.open_verified(sha256) as file:
                    _write(target, iter(lambda file=file: file.read(_PIECE), b""))  # type: ignore[misc]
            except storage.BlobMissing:
                missing.append(sha256)
            except storage.StorageError as error:
                raise BackupError(f"The storage of originals does not answer ({error.code}).") from error
        advance()
    return missing


def bring_back(folder: Path, wanted: Iterable[str], advance: Callable[[], None]) -> None:
    """Put these into the storage unless they are there. Raises BackupError."""
    for sha256 in wanted:
        if storage.what_is_wrong(sha256):
            try:
                with open(path_of(folder, sha256), "rb") as file:
                    _take_in(sha256, iter(lambda file=file: file.read(_PIECE), b""))  # type: ignore[misc]
            except storage.StorageError as error:
                raise BackupError(f"The storage of originals does not take them ({error.code}).") from error
        advance()


def _take_in(sha256: str, pieces: Iterator[bytes]) -> None:
    staged = storage.stage(pieces, limit=1 << 62)
    try:
        with transaction.atomic():
            storage.lock(sha256)
            # What lies there under this name is damaged.
            storage.delete_blob(sha256)
            staged.publish()
    finally:
        staged.discard()


def _write(target: Path, pieces: Iterator[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
