"""manage.py restore FOLDER: put a backup back."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lexintel.backup.manifest import BackupError
from lexintel.backup.restoring import Restored, restore
from lexintel.backup.taking import SECRET_KEY


class Command(BaseCommand):
    help = (
        "Put a backup back: database and originals, after both have been compared with what they were. Stop web and "
        "workers before (with the embedded database: manage.py services up beside it)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="even if the database is not empty: all in it is lost"
        )
        parser.add_argument(
            "--accept-damaged", action="store_true", help="restore all but the originals that are missing or damaged"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, folder: Path, replace: bool, accept_damaged: bool, **options: Any) -> None:
        folder = folder.absolute()
        try:
            done = restore(folder, replace=replace, accept_damaged=accept_damaged, quiet=options["json"])
        except BackupError as error:
            raise CommandError(str(error), returncode=1) from None
        except OSError as error:
            raise CommandError(f"The backup cannot be read: {error.strerror}.", returncode=1) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done.manifest) | {"waiting": done.waiting, "lost": done.lost}))
        else:
            self.stdout.write(_plain(done))
        key = folder / SECRET_KEY
        if key.is_file() and key.read_text() != settings.SECRET_KEY:
            self.stderr.write(
                f"So that people stay signed in: set SECRET_KEY_FILE to a copy of {key} before you start."
            )


def _plain(done: Restored) -> str:
    manifest = done.manifest
    counts = ", ".join(f"{number:,} {name}" for name, number in manifest.counts.items())
    lines = [f"Restored {counts}, as of {manifest.made_at}."]
    if manifest.missing:
        lines.append(f"{len(manifest.missing)} originals were missing when the backup was made.")
    if done.lost:
        lines.append(f"{len(done.lost)} originals could not be brought back: see manage.py verify_storage.")
    if done.waiting:
        lines.append(f"{done.waiting:,} jobs were waiting or in work then: workers take them up by themselves.")
    return "\n".join([*lines, "Start web and workers. Redis needs nothing."])
