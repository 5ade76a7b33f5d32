"""What a backup consists of, so that one that was broken off or damaged is never taken for whole."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

NAME, ORIGINALS = "manifest.json", "originals"
FORMAT = 1


class BackupError(Exception):
    """Says what is wrong and what to do, for people."""


@dataclass(frozen=True)
class Manifest:
    """`originals`: file with one line per original, “SHA-256 size”; `missing`: those that were not there or damaged.

    `migrations`: the last one applied of each app. `counts`: of rows, for people.
    """

    made_at: str
    dump: str
    dump_sha256: str
    originals: str
    originals_sha256: str
    migrations: dict[str, str]
    counts: dict[str, int]
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        draft = folder / f"{NAME}.draft"
        write_private(draft, json.dumps(asdict(self), indent=2).encode())
        os.replace(draft, folder / NAME)


def read_manifest(folder: Path) -> Manifest:
    """Raises BackupError."""
    try:
        found: Any = json.loads((folder / NAME).read_text())
    except FileNotFoundError:
        raise BackupError(f"{folder} holds no whole backup: there is no {NAME}.") from None
    except (OSError, ValueError) as error:
        raise BackupError(f"{folder / NAME} cannot be read ({type(error).__name__}).") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise BackupError("The backup was made by another release: use that one.")
    try:
        manifest = Manifest(**{name: found[name] for name in (each.name for each in fields(Manifest))})
    except KeyError as error:
        raise BackupError(f"{NAME} is not whole: it lacks {error.args[0]}.") from None
    if any(Path(name).name != name for name in (manifest.dump, manifest.originals)):
        raise BackupError(f"{NAME} names files outside the backup.")
    return manifest


def originals_of(folder: Path, manifest: Manifest) -> dict[str, int]:
    """Size by SHA-256. Raises BackupError."""
    require(folder / manifest.originals, manifest.originals_sha256)
    lines = (folder / manifest.originals).read_text().split("\n")
    return {sha256: int(size) for sha256, size in (line.split(" ") for line in lines if line)}


def require(file: Path, sha256: str, advance: Callable[[], None] = lambda: None) -> None:
    """Raises BackupError unless the file is what it was."""
    try:
        with open(file, "rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()  # type: ignore[arg-type]  # a real file
    except FileNotFoundError:
        raise BackupError(f"{file.name} is missing from the backup.") from None
    except OSError as error:
        raise BackupError(f"{file.name} cannot be read ({type(error).__name__}).") from None
    if found != sha256:
        raise BackupError(f"{file.name} is not what it was when the backup was made.")
    advance()


def write_private(file: Path, content: bytes) -> None:
    """For its owner alone, and safely on disk."""
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(fd, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def sha256_of(file: Path) -> str:
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()  # type: ignore[arg-type]  # a real file
