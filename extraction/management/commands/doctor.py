"""manage.py doctor: is everything there that LexIntel needs? One line each."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from extraction.doctor import examine
from search.doctor import examine_reranker


class Command(BaseCommand):
    help = "Check every dependency, limit and sandbox layer. Exit code 1 if something needs attention."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, **options: Any) -> None:
        findings = [*examine(), examine_reranker()]
        ok = all(f.ok for f in findings)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": ok, "findings": [f.__dict__ for f in findings]}))
        else:
            for f in findings:
                mark = self.style.SUCCESS("ok     ") if f.ok else self.style.ERROR("problem")
                remedy = f" → {f.remedy}" if f.remedy and not f.ok else ""
                self.stdout.write(f"{mark} {f.name:22} {f.detail}{remedy}")
        sys.exit(0 if ok else 1)
