"""manage.py reconcile: wake up work that nobody was woken for. Workers do this every 5 s by themselves."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from extraction.reconcile import EVERY_S, reconcile


class Command(BaseCommand):
    help = "Wake queued jobs without a message and jobs whose worker has gone; quarantine what kills workers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help=f"every {EVERY_S:g} s until interrupted")

    def handle(self, *, loop: bool, **options: Any) -> None:
        while True:
            self.stdout.write(json.dumps(reconcile()))
            if not loop:
                return
            time.sleep(EVERY_S)
