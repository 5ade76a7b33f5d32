"""manage.py first_start: on an empty installation, make the login `admin` and the sample case. `up` calls it."""

import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand

from extraction.sample_case import make_sample_case


def login_file() -> Path:
    """Where the first login's password is kept, readable by its owner alone."""
    return settings.LEXINTEL_DATA_DIR / "first-login.txt"  # type: ignore[no-any-return]


class Command(BaseCommand):
    help = "Make the first login and the sample case, if there is no user yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-sample", action="store_true", help="leave the sample case out")

    def handle(self, *, no_sample: bool, **options: Any) -> None:
        if User.objects.exists():
            return
        password = secrets.token_urlsafe(12)
        # The file first: a crash in between leaves a password without a user, never a user nobody can be.
        fd = os.open(login_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(f"user: admin\npassword: {password}\n")
        admin = User.objects.create_superuser("admin", "", password)
        self.stdout.write(f"First login: admin / {password} (kept in {login_file()})")
        if not no_sample:
            case, count = make_sample_case(admin)
            self.stdout.write(f"Sample case: {case}, {count} files")
