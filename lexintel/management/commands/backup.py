"""manage.py backup FOLDER: the database and all originals, while everything runs."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lexintel.backup.manifest import BackupError
from lexintel.backup.taking import SECRET_KEY, take


class Command(BaseCommand):
    help = (
        "Write a backup into a folder, or bring the one in it up to date: a dump of the database and every original. "
        "Exit code 1 if originals were missing or damaged; the rest is backed up all the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="on another disk, if it is to be of use")
        parser.add_argument(
            "--verify", action="store_true", help="read what is in the folder already through, and mend what is damaged"
        )
        parser.add_argument(
            "--with-secret-key", action="store_true", help="put the key that signs sessions into the folder, too"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, folder: Path, verify: bool, with_secret_key: bool, **options: Any) -> None:
        try:
            manifest = take(folder.absolute(), verify=verify, with_secret_key=with_secret_key, quiet=options["json"])
        except BackupError as error:
            raise CommandError(str(error), returncode=1) from None
        except OSError as error:
            raise CommandError(f"The backup cannot be written: {error.strerror}.", returncode=1) from None
        if with_secret_key:
            self.stderr.write(
                f"{folder / SECRET_KEY} is the secret key: whoever has it can sign in as anybody. Keep it elsewhere."
            )
        if options["json"]:
            self.stdout.write(json.dumps(asdict(manifest)))
        else:
            counts = ", ".join(f"{number:,} {name}" for name, number in manifest.counts.items())
            self.stdout.write(f"Backed up {counts}.\nRestore with: manage.py restore {folder}")
        if manifest.missing:
            raise CommandError(
                f"{len(manifest.missing)} originals are missing or damaged: see manage.py verify_storage.", returncode=1
            )
