"""manage.py backup FOLDER: the database and all originals, while everything runs."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lexintel.backup.manifest import BackupError
from lexintel.backup.taking import take


class Command(BaseCommand):
    help = (
        "Write a backup into a folder, or bring the one in it up to date: a dump of the database and every original. "
        "Exit code 1 if originals were missing or damaged; the rest is backed up all the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="on another disk, if it is to be of use")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, folder: Path, **options: Any) -> None:
        try:
            manifest = take(folder.absolute(), quiet=options["json"])
        except BackupError as error:
            raise CommandError(str(error), returncode=1) from None
        except OSError as error:
            raise CommandError(f"The backup cannot be written: {error.strerror}.", returncode=1) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(manifest)))
        else:
            counts = ", ".join(f"{number:,} {name}" for name, number in manifest.counts.items())
            self.stdout.write(f"Backed up {counts}.\nRestore with: manage.py restore {folder}")
        if manifest.missing:
            raise CommandError(
                f"{len(manifest.missing)} originals are missing or damaged: see manage.py verify_storage.", returncode=1
            )
