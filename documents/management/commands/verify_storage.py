"""manage.py verify_storage: is every original there, and is it what came in?"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from documents import verification
from lexintel.terminal import Progress


class Command(BaseCommand):
    help = (
        "Read every stored original and compare it with its SHA-256. Exit code 1 if any is missing or changed: "
        "restore those from the backup, then read their documents again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--delete-unreferenced", action="store_true", help="delete files that no document refers to"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, delete_unreferenced: bool, **options: Any) -> None:
        count = len(verification.contents())
        with Progress("verifying", count, quiet=options["json"]) as bar:
            damages = list(verification.damaged(bar.advance))
        strays = verification.unreferenced()
        deleted = sum(verification.remove(file) for file in strays) if delete_unreferenced else 0
        result = {
            "originals": count,
            "damaged": [damage.__dict__ for damage in damages],
            "unreferenced": len(strays),
            "deleted": deleted,
        }
        self.stdout.write(json.dumps(result) if options["json"] else _plain(result))
        sys.exit(1 if damages else 0)


def _plain(result: dict[str, Any]) -> str:
    lines = [
        f"{result['originals']} originals, {len(result['damaged'])} damaged; "
        f"{result['unreferenced']} files that no document refers to, {result['deleted']} deleted"
    ]
    lines += [f"  {d['what']:10} {d['sha256']} of {', '.join(d['documents'])}" for d in result["damaged"]]
    return "\n".join(lines)
