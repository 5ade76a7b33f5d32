"""The folder of a backup: for its owner alone, for one command at a time, and safely on disk when it says so."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lexintel.backup.manifest import NAME, ORIGINALS, BackupError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Raises BackupError while another command is at this folder, also one on the way back."""
    try:
        # The folder itself is locked: it may lie on something that cannot be written to.
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(f"{folder} is no folder.") from None
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup or restore is at work on {folder}: wait for its end.") from None
        except OSError:
            # Some network file systems know no locks.
            pass
        yield
    finally:
        os.close(held)


def make_private(folder: Path) -> None:
    """Raises OSError, and BackupError where other things lie already: nobody else could get at them any more."""
    if folder.is_dir() and not (folder / NAME).exists() and any(not _is_ours(path) for path in folder.iterdir()):
        raise BackupError(f"{folder} holds other things: name a folder of its own.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def _is_ours(path: Path) -> bool:
    """What a backup leaves that was broken off."""
    return path.name == ORIGINALS or path.name.startswith(("database-", "originals-", NAME))


def settle(*paths: Path) -> None:
    """Wait until these files, and the names in these folders, would survive a power cut."""
    for path in paths:
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
