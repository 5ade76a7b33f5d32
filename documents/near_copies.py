"""Copies of originals on this machine, named by their content, the least used ones removed when they take too much.

All of it may be deleted at any time: what is missing is fetched again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from documents.storage_errors import BlobMissing

MOST_BYTES = 4 << 30


@dataclass(frozen=True)
class NearCopies:
    folder: Path
    most: int = MOST_BYTES

    def open(self, sha256: str) -> BinaryIO | None:
        """The copy, if there is one."""
        try:
            file = open(self._path(sha256), "rb")  # noqa: SIM115 - the caller closes it
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(file.fileno())
        return file

    def size(self, sha256: str) -> int:
        """In bytes. Raises OSError if there is none."""
        return self._path(sha256).stat().st_size

    def keep(self, sha256: str, pieces: Iterator[bytes]) -> BinaryIO:
        """Write the pieces down and open what has come. Raises BlobMissing if it is another content, OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{secrets.token_hex(8)}.draft"
        digest = hashlib.sha256()
        try:
            with open(draft, "xb") as file:
                for piece in pieces:
                    digest.update(piece)
                    file.write(piece)
            if digest.hexdigest() != sha256:
                raise BlobMissing
            # Open before it has its name: others may remove it as soon as it has.
            opened = open(draft, "rb")  # noqa: SIM115 - the caller closes it
            os.replace(draft, self._path(sha256))
        finally:
            draft.unlink(missing_ok=True)
        self.shrink()
        return opened

    def take(self, temporary: Path, sha256: str) -> None:
        """A file that is known to hold this content becomes its copy: it is read next."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, self._path(sha256))
            self.shrink()

    def forget(self, sha256: str) -> None:
        self._path(sha256).unlink(missing_ok=True)

    def shrink(self) -> None:
        """Remove what was used longest ago until the rest fits."""
        found = []
        for entry in os.scandir(self.folder):
            with contextlib.suppress(FileNotFoundError):
                found.append((entry.stat().st_mtime, entry.stat().st_size, entry.path))
        excess = sum(size for _, size, _ in found) - self.most
        for _, size, path in sorted(found):
            if excess <= 0:
                break
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            excess -= size

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256
