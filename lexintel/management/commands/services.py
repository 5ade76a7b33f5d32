"""manage.py services up|status: only the embedded database and Redis, for those who run the rest by hand."""

import os
from argparse import ArgumentParser
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lexintel.embedded.errors import ServiceError
from lexintel.embedded.services import Services, urls
from lexintel.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run the embedded PostgreSQL and Valkey in the foreground, or say whether they answer."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["up", "status"])

    def handle(self, *, action: str, **options: Any) -> None:
        if action == "status":
            self._status()
        else:
            self._up()

    def _up(self) -> None:
        os.umask(0o077)
        services = Services(settings.LEXINTEL_DATA_DIR)
        try:
            found = services.start()
            self.stdout.write(f"DATABASE_URL={found.database_url}\nREDIS_URL={found.redis_url}\nCtrl-C stops them.")
            Supervisor({}, {}, services, patience_s=0).run()
        except ServiceError as error:
            raise CommandError(str(error)) from None
        finally:
            services.stop()

    def _status(self) -> None:
        found = urls(settings.LEXINTEL_DATA_DIR)
        ok = True
        for name, ask in (
            ("postgres", lambda: psycopg.connect(found.database_url, connect_timeout=2).close()),
            ("valkey", lambda: redis.Redis.from_url(found.redis_url, socket_timeout=2).ping()),
        ):
            try:
                ask()
                self.stdout.write(f"{name}: answers")
            except (psycopg.Error, redis.RedisError):
                ok = False
                self.stdout.write(f"{name}: does not answer")
        if not ok:
            raise CommandError("Start them with manage.py services up, or manage.py up.")
