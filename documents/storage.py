"""Where originals lie: one file per content, named by its SHA-256, written once and never changed.

    stage (temp file, hashed while it streams, fsync) ─▶ publish (rename, inside the caller's transaction)

Publishing and deleting hold the same database lock per content, so that a delete can never take away the
file that an upload of the same content has just counted on.
"""

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection

from lexintel.disk import DISK_FULL

# Kept free so that PostgreSQL's log and the temporary files of others never meet a full disk first.
RESERVE_BYTES = 1 << 30
HEAD_BYTES = 16 * 1024


class StorageError(Exception):
    """The storage could not do it; `code` is from the error table (storage_full, storage_unavailable)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TooLarge(Exception):
    """More bytes came than are allowed."""


class BlobMissing(Exception):
    """No file with this content, or it is not what its name says."""


def root() -> Path:
    """The folder that STORAGE_URL names."""
    return Path(unquote(urlsplit(settings.STORAGE_URL).path))


def path_of(sha256: str) -> Path:
    """Where the content with this SHA-256 (64 hex digits) lies."""
    return root() / sha256[:2] / sha256[2:4] / sha256


@dataclass(frozen=True)
class Staged:
    """Content that is safely on disk under a temporary name. `head` is its first bytes, for sniffing."""

    sha256: str
    size: int
    head: bytes
    temporary: Path

    def publish(self) -> None:
        """Give the content its name. Call inside a transaction, after `lock(sha256)`."""
        target = path_of(self.sha256)
        if target.is_file() and target.stat().st_size == self.size:
            self.temporary.unlink(missing_ok=True)
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.temporary, target)
            _sync_directory(target.parent)
        except OSError as error:
            raise StorageError(_code(error)) from error

    def discard(self) -> None:
        """Remove the temporary file; harmless after `publish`."""
        _forget(self.temporary)


class Staging:
    """Content on its way to disk: hashed and counted while it comes, piece by piece.

    `limit` and `expected` are bytes; `expected`, if known, lets a full disk be refused before anything is written.
    Raises TooLarge, or StorageError(storage_full | storage_unavailable); after that nothing of it is left.
    """

    def __init__(self, *, limit: int, expected: int | None = None) -> None:
        self.limit, self.size, self.head = limit, 0, b""
        self._digest = hashlib.sha256()
        incoming = root() / "incoming"
        self._temporary = incoming / secrets.token_hex(16)
        try:
            incoming.mkdir(parents=True, exist_ok=True)
            _require_space(incoming, expected or 0)
            self._file = open(self._temporary, "xb")  # noqa: SIM115 - closed by finish or discard
        except OSError as error:
            raise StorageError(_code(error)) from error

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self.size += len(piece)
        if self.size > self.limit:
            self.discard()
            raise TooLarge
        if len(self.head) < HEAD_BYTES:
            self.head += piece[: HEAD_BYTES - len(self.head)]
        self._digest.update(piece)
        try:
            self._file.write(piece)
        except OSError as error:
            self.discard()
            raise StorageError(_code(error)) from error

    def finish(self) -> Staged:
        """All of it is safely on disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            self.discard()
            raise StorageError(_code(error)) from error
        return Staged(self._digest.hexdigest(), self.size, self.head, self._temporary)

    def discard(self) -> None:
        """Leave no trace."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)


def stage(chunks: Iterable[bytes], *, limit: int, expected: int | None = None) -> Staged:
    """Write a stream to a temporary file; see `Staging`."""
    staging = Staging(limit=limit, expected=expected)
    try:
        for chunk in chunks:
            staging.write(chunk)
        return staging.finish()
    except OSError as error:
        staging.discard()
        raise StorageError(_code(error)) from error
    except BaseException:
        staging.discard()
        raise


def lock(sha256: str) -> None:
    """Keep others from publishing or deleting this content until the current transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [sha256])


def open_blob(sha256: str) -> BinaryIO:
    """The content, opened for reading. Raises BlobMissing or StorageError(storage_unavailable)."""
    try:
        return open(path_of(sha256), "rb")
    except FileNotFoundError as error:
        raise BlobMissing from error
    except OSError as error:
        raise StorageError("storage_unavailable") from error


def open_verified(sha256: str) -> BinaryIO:
    """Like `open_blob`, after reading the content through: raises BlobMissing if it is not what its name says."""
    file = open_blob(sha256)
    try:
        matches = hashlib.file_digest(file, "sha256").hexdigest() == sha256  # type: ignore[arg-type]  # a real file
    except OSError as error:
        file.close()
        raise StorageError("storage_unavailable") from error
    if not matches:
        file.close()
        raise BlobMissing
    file.seek(0)
    return file


def delete_blob(sha256: str) -> None:
    """Remove the content. The caller holds `lock(sha256)` and has seen that no document refers to it."""
    path_of(sha256).unlink(missing_ok=True)


def _forget(temporary: Path) -> None:
    # A storage that does not even let go of it must not hide what went wrong with it before.
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def _require_space(folder: Path, size: int) -> None:
    free = os.statvfs(folder)
    if free.f_bavail * free.f_frsize < size + RESERVE_BYTES:
        raise OSError(errno.ENOSPC, "no space")


def _code(error: OSError) -> str:
    return "storage_full" if error.errno in DISK_FULL else "storage_unavailable"


def _sync_directory(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
