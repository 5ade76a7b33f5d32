"""Putting a backup back: everything is looked at first, the originals come before the rows that refer to them."""

import contextlib
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from extraction import event_log
from lexintel import bus
from lexintel.backup import database, originals
from lexintel.backup.manifest import BackupError, Manifest, originals_of, read_manifest, require
from lexintel.terminal import Progress


def restore(folder: Path, *, replace: bool, quiet: bool) -> Manifest:
    """Raises BackupError, DatabaseError; until the database is replaced, in one transaction, nothing has changed that
    anybody would see."""
    manifest = read_manifest(folder)
    _require_known(manifest)
    if not replace and not database.is_empty():
        raise BackupError("The database is not empty. With --replace, all that is in it is lost.")
    if others := database.others_connected():
        raise BackupError(f"{others} other sessions use the database: stop web and workers first.")
    contents = originals_of(folder, manifest)
    with Progress("checking the backup", len(contents) + 1, quiet=quiet) as bar:
        require(folder / manifest.dump, manifest.dump_sha256, bar.advance)
        for sha256 in contents:
            require(originals.path_of(folder, sha256), sha256, bar.advance)
    with Progress("bringing back originals", len(contents), quiet=quiet) as bar:
        originals.bring_back(folder, contents, bar.advance)
    connection.close()
    database.restore(folder / manifest.dump)
    call_command("migrate", interactive=False, verbosity=0)
    # Whoever watches, and every process's idea of what was told, begins anew.
    with contextlib.suppress(*bus.AWAY):
        event_log.append_notice("snapshot")
    return manifest


def _require_known(manifest: Manifest) -> None:
    ours = set(MigrationLoader(None).disk_migrations)
    unknown = [f"{app}.{name}" for app, name in manifest.migrations.items() if (app, name) not in ours]
    if unknown:
        raise BackupError(f"The backup is of a newer release (it knows {unknown[0]}): restore it with that one.")
