"""Originals out of the storage and back into it, each compared with its SHA-256 on the way."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.db import transaction

from documents import storage
from lexintel.backup.manifest import ORIGINALS, BackupError, require

_PIECE = 1 << 20


def path_of(folder: Path, sha256: str) -> Path:
    return folder / ORIGINALS / sha256[:2] / sha256


def copy(
    folder: Path, wanted: Iterable[tuple[str, int]], advance: Callable[[], None], *, verify: bool = False
) -> list[str]:
    """Bring these (SHA-256, size) into the backup unless they are there; those that the storage does not have whole.

    With `verify` those that are there are read through, and brought anew if they are damaged. Raises BackupError if
    the storage does not answer, OSError.
    """
    missing = []
    for sha256, size in wanted:
        target = path_of(folder, sha256)
        if not (target.is_file() and target.stat().st_size == size and not (verify and what_is_wrong(folder, sha256))):
            try:
                with storage.open_verified(sha256) as file:
                    _write(target, iter(lambda file=file: file.read(_PIECE), b""))  # type: ignore[misc]
            except storage.BlobMissing:
                missing.append(sha256)
            except storage.StorageError as error:
                raise BackupError(f"The storage of originals does not answer ({error.code}).") from error
        advance()
    return missing


def what_is_wrong(folder: Path, sha256: str) -> str:
    """Of an original in the backup, said for people; empty if it is whole."""
    try:
        require(path_of(folder, sha256), sha256)
    except BackupError as error:
        return str(error)
    return ""


def lost(folder: Path, wanted: Iterable[str], advance: Callable[[], None]) -> dict[str, str]:
    """What is wrong with those that neither the backup nor the storage has whole."""
    found = {}
    for sha256 in wanted:
        if (wrong := what_is_wrong(folder, sha256)) and storage.what_is_wrong(sha256):
            found[sha256] = wrong
        advance()
    return found


def bring_back(folder: Path, wanted: Iterable[tuple[str, int]], advance: Callable[[], None]) -> None:
    """Put these (SHA-256, size) into the storage unless they are there. Raises BackupError."""
    for sha256, size in wanted:
        if storage.what_is_wrong(sha256):
            try:
                with open(path_of(folder, sha256), "rb") as file:
                    _take_in(sha256, size, iter(lambda file=file: file.read(_PIECE), b""))  # type: ignore[misc]
            except storage.StorageError as error:
                raise BackupError(f"The storage of originals does not take them ({error.code}).") from error
        advance()


def _take_in(sha256: str, size: int, pieces: Iterator[bytes]) -> None:
    staged = storage.stage(pieces, limit=1 << 62, expected=size)
    try:
        if staged.sha256 != sha256:
            raise BackupError(f"{sha256} has changed in the backup since it was looked at.")
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
