"""Putting a backup back: everything is looked at first, the originals come before the rows that refer to them."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from extraction import event_log, ledger
from lexintel import bus
from lexintel.backup import database, originals
from lexintel.backup.folder import alone_in
from lexintel.backup.manifest import BackupError, Manifest, originals_of, read_manifest, require
from lexintel.terminal import Progress


@dataclass(frozen=True)
class Restored:
    """`waiting`: jobs that workers take up when they start. `lost`: originals that could not be brought back."""

    manifest: Manifest
    waiting: int
    lost: list[str]


def restore(folder: Path, *, replace: bool, accept_damaged: bool = False, quiet: bool) -> Restored:
    """`accept_damaged`: go without originals that are not whole. Raises BackupError, DatabaseError; until the database
    is replaced, in one transaction, nothing has changed that anybody would see."""
    with alone_in(folder):
        return _restore(folder, replace, accept_damaged, quiet)


def _restore(folder: Path, replace: bool, accept_damaged: bool, quiet: bool) -> Restored:
    manifest = read_manifest(folder)
    _require_known(manifest)
    if not replace and not database.is_empty():
        raise BackupError("The database is not empty. With --replace, all that is in it is lost.")
    if others := database.others_connected():
        raise BackupError(f"{others} other sessions use the database: stop web and workers first.")
    contents = originals_of(folder, manifest)
    with Progress("checking the backup", len(contents) + 1, quiet=quiet) as bar:
        require(folder / manifest.dump, manifest.dump_sha256, bar.advance)
        database.require_readable(folder / manifest.dump)
        lost = originals.lost(folder, contents, bar.advance)
    if lost and not accept_damaged:
        raise BackupError(_what_to_do(folder, lost, len(contents)))
    whole = [(sha256, size) for sha256, size in contents.items() if sha256 not in lost]
    with Progress("bringing back originals", len(whole), quiet=quiet) as bar:
        originals.bring_back(folder, whole, bar.advance)
    connection.close()
    database.restore(folder / manifest.dump)
    call_command("migrate", interactive=False, verbosity=0)
    waiting = ledger.take_up_all()
    # Whoever watches, and every process's idea of what was told, begins anew.
    with contextlib.suppress(*bus.AWAY):
        event_log.append_notice("snapshot")
    return Restored(manifest, waiting, sorted(lost))


def _what_to_do(folder: Path, lost: dict[str, str], originals: int) -> str:
    first = next(iter(lost.values()))
    return (
        f"{len(lost)} of {originals} originals of the backup are missing or damaged. {first} Nothing was changed. "
        f"Where the backup was made, “manage.py backup {folder} --verify” mends it; if that is gone, --accept-damaged "
        "restores all but these: their documents keep their texts, and cannot be downloaded or read again."
    )


def _require_known(manifest: Manifest) -> None:
    ours = set(MigrationLoader(None).disk_migrations)
    unknown = [f"{app}.{name}" for app, name in manifest.migrations.items() if (app, name) not in ours]
    if unknown:
        raise BackupError(f"The backup is of a newer release (it knows {unknown[0]}): restore it with that one.")
