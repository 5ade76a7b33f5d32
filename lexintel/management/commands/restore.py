"""manage.py restore FOLDER: put a backup back."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lexintel.backup.manifest import BackupError
from lexintel.backup.restoring import restore


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
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, folder: Path, replace: bool, **options: Any) -> None:
        try:
            manifest = restore(folder.absolute(), replace=replace, quiet=options["json"])
        except BackupError as error:
            raise CommandError(str(error), returncode=1) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(manifest)))
            return
        counts = ", ".join(f"{number:,} {name}" for name, number in manifest.counts.items())
        self.stdout.write(f"Restored {counts}, as of {manifest.made_at}.")
        if manifest.missing:
            self.stdout.write(f"{len(manifest.missing)} originals were missing when the backup was made.")
        self.stdout.write("Start web and workers: what was in work then is taken up again.")
