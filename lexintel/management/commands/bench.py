"""manage.py bench NAME: measure, beside the named baseline, in one run; `all` writes it down."""

import importlib
import json
import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lexintel.benchmarks.report.figures import judged

# name → module with run(**options) -> dict
BENCHMARKS = {
    "all": "lexintel.benchmarks.report.everything",
    "bulk": "lexintel.benchmarks.bulk",
    "embed": "lexintel.benchmarks.embed",
    "extract": "lexintel.benchmarks.extract",
    "growth": "lexintel.benchmarks.growth",
    "ocr": "lexintel.benchmarks.ocr_quality",
    "pipeline": "lexintel.benchmarks.pipeline",
    "progress": "lexintel.benchmarks.progress",
    "recovery": "lexintel.benchmarks.recovery",
    "report": "lexintel.benchmarks.report.document",
    "scale": "lexintel.benchmarks.scale",
    "search": "lexintel.benchmarks.search",
}
_OPTIONS = (
    *("folder", "only", "rounds", "documents", "seconds", "clients", "rate", "chunks", "kills"),
    *("files", "questions", "quick", "into"),
)


class Command(BaseCommand):
    help = "Measure speed and latency as ratios to a baseline of the same run. Names: " + ", ".join(BENCHMARKS)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHMARKS))
        parser.add_argument(
            "--folder",
            help="files to measure on or a retrieval set (extract, pipeline, search; default: the sample case)",
        )
        parser.add_argument("--rounds", type=int, help="turns that medians are taken of (extract)")
        parser.add_argument("--documents", type=int, help="documents that are made (extract, bulk, growth)")
        parser.add_argument("--seconds", type=float, help="how long to measure (bulk, embed, ocr, progress)")
        parser.add_argument("--clients", type=int, help="open streams (progress)")
        parser.add_argument("--rate", type=float, help="events a second (progress)")
        parser.add_argument("--chunks", type=int, help="size of the made-up database (scale, search)")
        parser.add_argument("--kills", type=int, help="how many workers are killed (recovery)")
        parser.add_argument("--only", help="parts of it, separated by commas (all, extract, progress)")
        parser.add_argument("--files", help="files to measure reading on (all)")
        parser.add_argument("--questions", help="a retrieval set to measure search on (all)")
        parser.add_argument("--quick", action="store_true", default=None, help="see whether everything works (all)")
        parser.add_argument("--into", help="folder of the results, by default docs/ (all, report)")
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
        if targets := judged(name, result):
            result["targets"] = targets
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            for key, value in result.items():
                self.stdout.write(f"{key:32} {value}")
        if result.get("failed"):
            raise CommandError(f"Not measured: {', '.join(result['failed'])}. The document says why.")
