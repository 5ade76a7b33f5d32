"""Where originals lie: one per content, named by its SHA-256, written once and never changed.

    stage (temp file, hashed while it streams, fsync; brought to the bucket if there is one)
        ─▶ publish (inside the caller's transaction)

Publishing and deleting hold the same database lock per content, so that a delete can never take away the
original that an upload of the same content has just counted on. STORAGE_URL says which place it is: a folder
(storage_files.py) or a bucket (storage_bucket.py).
"""

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection

from documents.storage_bucket import BucketOfOriginals
from documents.storage_errors import BlobMissing, StorageError, TooLarge
from documents.storage_files import FolderOfOriginals, code_of

__all__ = ["BlobMissing", "StorageError", "TooLarge"]

# Kept free so that PostgreSQL's log and the temporary files of others never meet a full disk first.
RESERVE_BYTES = 1 << 30
HEAD_BYTES = 16 * 1024

Place = FolderOfOriginals | BucketOfOriginals


def place() -> Place:
    """Where originals lie now."""
    home = settings.LEXINTEL_DATA_DIR
    return _place(settings.STORAGE_URL, settings.AWS_ACCESS_KEY_ID, settings.AWS_SECRET_ACCESS_KEY, home)


@cache
def _place(url: str, access_key: str, secret_key: str, home: Path) -> Place:
    if urlsplit(url).scheme == "s3":
        return BucketOfOriginals(url, access_key, secret_key, home)
    return FolderOfOriginals(Path(unquote(urlsplit(url).path)))


@dataclass(frozen=True)
class Staged:
    """Content that is safely on disk under a temporary name. `head` is its first bytes, for sniffing."""

    sha256: str
    size: int
    head: bytes
    temporary: Path

    def publish(self) -> None:
        """Give the content its name. Call inside a transaction, after `lock(sha256)`. Raises StorageError."""
        place().publish(self.temporary, self.sha256, self.size)

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
        incoming = place().incoming
        self._temporary = incoming / secrets.token_hex(16)
        require_space(incoming, expected or 0)
        try:
            self._file = open(self._temporary, "xb")  # noqa: SIM115 - closed by finish or discard
        except OSError as error:
            raise StorageError(code_of(error)) from error

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
            raise StorageError(code_of(error)) from error

    def finish(self) -> Staged:
        """All of it is safely on disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            self.discard()
            raise StorageError(code_of(error)) from error
        staged = Staged(self._digest.hexdigest(), self.size, self.head, self._temporary)
        try:
            place().bring(staged.temporary, staged.sha256, staged.size)
        except StorageError:
            staged.discard()
            raise
        return staged

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
        raise StorageError(code_of(error)) from error
    except BaseException:
        staging.discard()
        raise


def lock(sha256: str) -> None:
    """Keep others from publishing or deleting this content until the current transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [sha256])


def open_blob(sha256: str) -> BinaryIO:
    """The content as a file on this machine. Raises BlobMissing or StorageError."""
    return place().open(sha256)


def open_verified(sha256: str) -> BinaryIO:
    """Like `open_blob`, after reading the content through: raises BlobMissing if it is not what its name says."""
    here = place()
    for _ in range(2):
        file = here.open(sha256)
        try:
            matches = hashlib.file_digest(file, "sha256").hexdigest() == sha256  # type: ignore[arg-type]  # a real file
        except OSError as error:
            file.close()
            raise StorageError("storage_unavailable") from error
        if matches:
            file.seek(0)
            return file
        file.close()
        if not isinstance(here, BucketOfOriginals):
            break
        # It may be only the copy that is damaged.
        here.near.forget(sha256)
    raise BlobMissing


def stream_blob(sha256: str) -> tuple[BinaryIO, int]:
    """The content to be sent, and its size in bytes. Raises BlobMissing or StorageError."""
    return place().stream(sha256)


def what_is_wrong(sha256: str) -> str:
    """Empty if the content is what its name says; else missing, changed or unreadable."""
    try:
        return "" if place().digest(sha256) == sha256 else "changed"
    except BlobMissing:
        return "missing"
    except StorageError:
        return "unreadable"


def names() -> Iterator[str]:
    """The SHA-256 of everything that lies here, referred to or not. Raises StorageError."""
    return place().names()


def delete_blob(sha256: str) -> None:
    """Remove the content. The caller holds `lock(sha256)` and has seen that no document refers to it."""
    place().delete(sha256)


def _forget(temporary: Path) -> None:
    # A storage that does not even let go of it must not hide what went wrong with it before.
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def require() -> None:
    """Raises OSError or StorageError if nothing can be stored: storage_full where only the reserve is left."""
    here = place()
    here.require()
    require_space(here.incoming, 0)


def require_space(folder: Path, size: int) -> None:
    """Raises StorageError if so many bytes do not fit into a folder, which is made if need be, beside the reserve."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = os.statvfs(folder)
        if free.f_bavail * free.f_frsize < size + RESERVE_BYTES:
            raise OSError(errno.ENOSPC, "no space")
    except OSError as error:
        raise StorageError(code_of(error)) from error
