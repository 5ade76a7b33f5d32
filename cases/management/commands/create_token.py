"""manage.py create_token: a bearer token for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from cases.tokens import issue


class Command(BaseCommand):
    help = "Make an API token for a user. It is shown once and kept only as a digest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user's name")
        parser.add_argument("--name", default="command line", help="what it is for, as the list of tokens shows it")
        parser.add_argument("--days", type=int, help="expires after so many days (default: never)")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, **options: Any) -> None:
        if options["days"] is not None and not 1 <= options["days"] <= 3650:
            raise CommandError("--days must be between 1 and 3650.", returncode=2)
        user = get_user_model().objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user “{options['user']}”.", returncode=2)
        token, plaintext = issue(user, options["name"][:100], options["days"])
        if options["json"]:
            expires = token.expires_at.isoformat() if token.expires_at else None
            shown = {"id": str(token.pk), "name": token.name, "token": plaintext, "expires_at": expires}
            self.stdout.write(json.dumps(shown))
        else:
            self.stdout.write(plaintext)
            self.stderr.write("Keep it safe: it cannot be shown again.")
