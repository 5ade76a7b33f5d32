"""manage.py import_folder: take a folder in, wait until everything is read, and say what could not be."""

import json
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from documents.models import FINISHED, Document, Page
from extraction.batches import open_batch
from extraction.case_reference import find_case
from extraction.errors import ERRORS, ExtractionError
from extraction.families import members_of
from extraction.folder_import import files_in, import_file
from extraction.names import clean_name, clean_path
from lexintel.terminal import Progress


class Command(BaseCommand):
    help = "Import every file of a folder into a case and wait until each is ready or its failure is known."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="folder (or one file)")
        parser.add_argument("--case", required=True, help="the case's reference or id")
        parser.add_argument("--custodian", default="", help="whose files these are")
        parser.add_argument("--no-wait", action="store_true", help="return as soon as everything is queued")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, path: Path, case: str, custodian: str, no_wait: bool, **options: Any) -> None:
        target = find_case(case)
        if not path.exists():
            raise CommandError(f"{path} does not exist.", returncode=2)
        files = files_in(path)
        if not files:
            raise CommandError(f"{path} holds no files.", returncode=2)
        started = time.monotonic()
        ids: list[UUID] = []
        rejected: list[dict[str, str]] = []
        batch = open_batch(target, None, clean_name(path.resolve().name))
        with Progress("storing", len(files), quiet=options["json"]) as bar:
            for file in files:
                try:
                    ids.append(import_file(target, file, path, custodian, batch).pk)
                except (ExtractionError, OSError) as error:
                    code = getattr(error, "code", "storage_unavailable")
                    rejected.append({"name": clean_path(str(file)), "code": code, "message": ERRORS[code].message})
                bar.advance()
        if not no_wait:
            _wait(ids, quiet=options["json"])
        summary = _summary(ids, rejected, time.monotonic() - started)
        self.stdout.write(json.dumps(summary) if options["json"] else _plain(summary))
        if rejected:
            raise CommandError(f"{len(rejected)} files were not stored.", returncode=1)


def _wait(ids: list[UUID], *, quiet: bool) -> None:
    with Progress("reading", len(ids), quiet=quiet) as bar:
        while True:
            # What comes out of archives and e-mails is waited for too.
            family = [*ids, *members_of(ids)]
            finished = Document.objects.filter(pk__in=family, status__in=FINISHED).count()
            bar.update(finished, total=len(family))
            if finished >= Document.objects.filter(pk__in=family).count():
                return
            time.sleep(0.5)


def _summary(ids: list[UUID], rejected: list[dict[str, str]], seconds: float) -> dict[str, Any]:
    members = members_of(ids)
    documents = Document.objects.filter(pk__in=[*ids, *members])
    problems = documents.exclude(error_code="").order_by("path")
    return {
        "documents": len(ids) + len(members),
        "from_inside": len(members),
        "duplicates": documents.exclude(duplicate_of=None).count(),
        # As the case counts them: pages that are shown, of originals.
        "pages": Page.objects.current().filter(document__in=documents.originals()).count(),
        "by_status": dict(Counter(documents.values_list("status", flat=True))),
        "by_error": dict(Counter(problems.values_list("error_code", flat=True))),
        "problems": [{"path": d.path, "code": d.error_code, "message": ERRORS[d.error_code].message} for d in problems],
        "rejected": rejected,
        "seconds": round(seconds, 1),
    }


def _plain(summary: dict[str, Any]) -> str:
    counts = ", ".join(f"{n} {status}" for status, n in sorted(summary["by_status"].items()))
    lines = [
        f"{summary['documents']} documents ({summary['from_inside']} from inside others,"
        f" {summary['duplicates']} duplicates), {summary['pages']} pages"
        f" in {summary['seconds']} s: {counts}"
    ]
    lines += [
        f"  {p['code']:18} {p['path']}: {p['message']}"
        for p in summary["problems"] + [{"path": r["name"], **r} for r in summary["rejected"]]
    ]
    return "\n".join(lines)
