"""Originals in a folder: one file per content, two levels of folders by the first digits of its SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from documents.storage_errors import BlobMissing, StorageError
from lexintel.disk import DISK_FULL

_SHA256_DIGITS = 64


@dataclass(frozen=True)
class FolderOfOriginals:
    """What STORAGE_URL=file:///… names. A content is staged beside the others and gets its name by a rename."""

    root: Path

    @property
    def incoming(self) -> Path:
        """Where content lies on its way in."""
        return self.root / "incoming"

    def path_of(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def bring(self, temporary: Path, sha256: str, size: int) -> None:
        """Nothing to do ahead of `publish`."""

    def publish(self, temporary: Path, sha256: str, size: int) -> None:
        """Give the content its name. Raises StorageError."""
        target = self.path_of(sha256)
        if target.is_file() and target.stat().st_size == size:
            temporary.unlink(missing_ok=True)
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, target)
            _sync_directory(target.parent)
        except OSError as error:
            raise StorageError(code_of(error)) from error

    def open(self, sha256: str) -> BinaryIO:
        """Raises BlobMissing or StorageError."""
        try:
            return open(self.path_of(sha256), "rb")
        except FileNotFoundError as error:
            raise BlobMissing from error
        except OSError as error:
            raise StorageError("storage_unavailable") from error

    def stream(self, sha256: str) -> tuple[BinaryIO, int]:
        """To be sent, with its size in bytes. Raises BlobMissing or StorageError."""
        file = self.open(sha256)
        return file, os.fstat(file.fileno()).st_size

    def digest(self, sha256: str) -> str:
        """The SHA-256 of what lies under this name. Raises BlobMissing or StorageError."""
        with self.open(sha256) as file:
            try:
                return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a real file
            except OSError as error:
                raise StorageError("storage_unavailable") from error

    def delete(self, sha256: str) -> None:
        self.path_of(sha256).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """The SHA-256 of everything that lies here."""
        for folder, _, names in os.walk(self.root):
            if Path(folder) != self.incoming:
                yield from (name for name in names if len(name) == _SHA256_DIGITS)

    def put(self, name: str, data: bytes) -> None:
        """Beside the originals, see side_files.py. Raises StorageError."""
        target = self.root / name
        draft = target.with_name(f".{secrets.token_hex(8)}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(draft, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, target)
            _sync_directory(target.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise StorageError(code_of(error)) from error

    def get(self, name: str) -> bytes:
        """Raises BlobMissing or StorageError."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing from error
        except OSError as error:
            raise StorageError("storage_unavailable") from error

    def drop(self, folder: str) -> None:
        try:
            shutil.rmtree(self.root / folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StorageError("storage_unavailable") from error

    def folders(self, folder: str) -> Iterator[str]:
        try:
            yield from sorted(entry.name for entry in os.scandir(self.root / folder) if entry.is_dir())
        except FileNotFoundError:
            return

    def require(self) -> None:
        """Raises OSError if nothing can be written."""
        self.root.mkdir(parents=True, exist_ok=True)
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise PermissionError


def code_of(error: OSError) -> str:
    """The code of a StorageError."""
    return "storage_full" if error.errno in DISK_FULL else "storage_unavailable"


def _sync_directory(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
