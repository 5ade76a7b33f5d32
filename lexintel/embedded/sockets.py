"""Folders for unix sockets: private, and with a path short enough for the kernel."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from lexintel.embedded.account import Account
from lexintel.embedded.errors import ServiceError

# 107 bytes on Linux, 103 on macOS, less the longest socket name in use (.s.PGSQL.5432.lock).
MAX_FOLDER_BYTES = 80
# Not the environment's TMPDIR: every process of an installation must find the same folder.
SHORT_ROOT = Path("/tmp") if os.name == "posix" else Path(tempfile.gettempdir())  # noqa: S108


def socket_dir(wanted: Path) -> Path:
    """`wanted`, or if its path is too long a folder in the temporary directory named after it."""
    if len(str(wanted).encode()) <= MAX_FOLDER_BYTES:
        return wanted
    name = hashlib.sha256(str(wanted).encode()).hexdigest()[:16]
    return SHORT_ROOT / f"lexintel-{name}"


def make_private(folder: Path, who: Account) -> None:
    """Make a folder that nobody but `who` can enter, or take the one that is there if it is ours.

    Raises ServiceError if somebody else's file or link has the name, as anybody may put one into /tmp.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        info = folder.lstat()
        ours = info.st_uid in {os.geteuid(), who.uid}
        if not stat.S_ISDIR(info.st_mode) or not ours:
            raise ServiceError(
                f"{folder} belongs to another account (number {info.st_uid}). Start LexIntel as that one, or remove it."
            ) from None
        folder.chmod(0o700)
    who.own(folder)
