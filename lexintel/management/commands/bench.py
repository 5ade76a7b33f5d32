"""manage.py bench NAME: measure, beside the named baseline, in one run."""

import importlib
import json
import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lexintel.benchmarks.report.kept import keep
from lexintel.benchmarks.report.page import write

# name → module with add_arguments(parser), run(**options) -> dict and describe(result) -> str
BENCHMARKS = {
    "bulk": "lexintel.benchmarks.bulk",
    "extract": "lexintel.benchmarks.extract",
    "growth": "lexintel.benchmarks.growth",
    "ocr": "lexintel.benchmarks.ocr_quality",
    "pipeline": "lexintel.benchmarks.pipeline",
    "progress": "lexintel.benchmarks.progress",
    "recovery": "lexintel.benchmarks.recovery",
    "scale": "lexintel.benchmarks.scale",
    "search": "lexintel.benchmarks.search",
}
_OPTIONS = ("folder", "only", "rounds", "documents", "seconds", "clients", "rate", "chunks", "kills")


class Command(BaseCommand):
    help = "Measure speed and latency as ratios to a baseline of the same run. Names: " + ", ".join(BENCHMARKS)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHMARKS))
        parser.add_argument(
            "--folder",
            help="files to measure on or a retrieval set (extract, pipeline, search; default: the sample case)",
        )
        parser.add_argument("--rounds", type=int, help="turns that medians are taken of (extract)")
        parser.add_argument("--documents", type=int, help="documents that are repeated, or wait (extract, bulk)")
        parser.add_argument("--seconds", type=float, help="how long to measure (bulk, ocr, progress)")
        parser.add_argument("--clients", type=int, help="open streams (progress)")
        parser.add_argument("--rate", type=float, help="events a second (progress)")
        parser.add_argument("--chunks", type=int, help="size of the made-up database (scale, search)")
        parser.add_argument("--kills", type=int, help="how many workers are killed (recovery)")
        parser.add_argument("--only", help="parts of it, separated by commas (extract, progress)")
        parser.add_argument("--record", action="store_true", help="keep the figures in docs/benchmarks.json and .md")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, name: str, **options: Any) -> None:
        module = importlib.import_module(BENCHMARKS[name])
        given = {k: v for k, v in options.items() if k in _OPTIONS and v is not None}
        if threading.current_thread() is threading.main_thread():
            # Told to end, it ends like any Python program: what was made for the measurement is removed.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            result = module.run(**given)
        except TypeError as error:
            raise CommandError(f"bench {name} does not take that option ({error}).", returncode=2) from None
        if options["record"]:
            write(keep(name, result))
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            for key, value in result.items():
                self.stdout.write(f"{key:32} {value}")
