"""manage.py demo: make the sample case."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from extraction.sample_case import make_sample_case


class Command(BaseCommand):
    help = "Make the sample case, a fictional matter, and give a user access to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", default="admin", help="who manages it (default: admin)")

    def handle(self, *, user: str, **options: Any) -> None:
        person = User.objects.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is no user “{user}”.", returncode=2)
        case, count = make_sample_case(person)
        self.stdout.write(f"{case}: {count} files taken in." if count else f"{case} is already there.")
