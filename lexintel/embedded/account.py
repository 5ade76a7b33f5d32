"""Whom PostgreSQL runs as. It refuses root; then another account runs it, and must reach program and data.

Root's own folders stay closed: instead of opening them, the programs are copied (once, by content) and the data
lies under /var/lib when the path to it is barred.
"""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from lexintel.embedded.errors import ServiceError


@dataclass(frozen=True)
class Account:
    """Numbers for subprocess's `user` and `group`; None = whoever we are."""

    uid: int | None = None
    gid: int | None = None

    def popen(self) -> dict[str, object]:
        """Arguments for subprocess."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to the account."""
        if self.uid is not None:
            os.chown(path, self.uid, self.gid or -1)


def account(wanted: Path) -> Account:
    """Ourselves; as root the owner of the data in `wanted`, or for new data `postgres` or `nobody`.

    Raises ServiceError if root finds no account for it.
    """
    if os.geteuid() != 0:
        return Account()
    if (wanted / "data").exists() and (info := (wanted / "data").stat()).st_uid != 0:
        return Account(info.st_uid, info.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServiceError("Running as root needs an account “postgres” or “nobody” for PostgreSQL.")


def can_reach(who: Account, path: Path) -> bool:
    """Whether the account may pass through every folder above `path` (mode bits; that is what we make)."""
    if who.uid is None:
        return True
    return all(_may_enter(who, folder) for folder in path.resolve().parents if folder.exists())


def _may_enter(who: Account, folder: Path) -> bool:
    info = folder.stat()
    if info.st_uid == who.uid:
        return bool(info.st_mode & stat.S_IXUSR)
    if info.st_gid == who.gid:
        return bool(info.st_mode & stat.S_IXGRP)
    return bool(info.st_mode & stat.S_IXOTH)


def reachable_programs(who: Account, bin_folder: Path) -> Path:
    """`bin_folder`, or a copy of its installation that the account can reach."""
    if can_reach(who, bin_folder / "postgres"):
        return bin_folder
    install = bin_folder.parent
    version = hashlib.sha256()
    for program in ("postgres", "initdb"):
        version.update((bin_folder / program).read_bytes())
    home = Path("/var/lib") / f"lexintel-postgres-{version.hexdigest()[:12]}"
    target = home / install.parent.name / install.name
    if not target.exists():
        draft = home.with_name(f"{home.name}.{os.getpid()}")
        shutil.copytree(install, draft / install.parent.name / install.name, symlinks=True)
        # The wheel's own shared libraries lie beside the package and are found relative to it.
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        _open_to_all(draft)
        try:
            draft.rename(home)
        except OSError:  # somebody else was first
            shutil.rmtree(draft, ignore_errors=True)
    return target / bin_folder.name


def _open_to_all(programs: Path) -> None:
    """Programs are no secret; the modes they were installed with follow somebody's umask."""
    for path in (programs, *programs.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def reachable_data(who: Account, wanted: Path) -> Path:
    """`wanted`, or where root's closed folders bar it, a folder under /var/lib named after it."""
    if can_reach(who, wanted / "x") or (wanted / "data").exists():
        return wanted
    name = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:12]
    return Path("/var/lib") / f"lexintel-data-{name}"
