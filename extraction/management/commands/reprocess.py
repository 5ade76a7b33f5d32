"""manage.py reprocess: read, index or embed documents again."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum

from documents.models import Status
from extraction.case_reference import find_case
from extraction.errors import ERRORS
from extraction.models import JobStage
from extraction.reprocess import Selection, parse_pages, reprocess, select


class Command(BaseCommand):
    help = "Queue documents again. The text that is shown stays until the new one is whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", help="the case's reference or id")
        parser.add_argument("--document", nargs="+", type=UUID, default=[], metavar="ID")
        parser.add_argument("--status", choices=Status.values, default="", help="only documents in this state")
        parser.add_argument("--stage", choices=JobStage.values, default=JobStage.READ, help="start at this stage")
        parser.add_argument("--error-code", choices=sorted(ERRORS), default="")
        parser.add_argument("--extractor-older-than", default="", metavar="V")
        parser.add_argument("--pages", default="", help="for example 3,7-9: read only these again")
        parser.add_argument("--force-ocr", action="store_true")
        parser.add_argument("--all", action="store_true", help="needed to select every document of every case")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, **options: Any) -> None:
        try:
            pages = parse_pages(options["pages"])
            selection = Selection(
                case_id=find_case(options["case"]).pk if options["case"] else None,
                document_ids=options["document"],
                status=options["status"],
                error_code=options["error_code"],
                extractor_older_than=str(int(options["extractor_older_than"] or 0) or ""),
            )
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        if selection == Selection(document_ids=[]) and not options["all"]:
            raise CommandError("Name what to do again (--case, --document, --status …), or say --all.", returncode=2)
        documents = select(selection)
        result: dict[str, Any] = {
            "documents": documents.count(),
            "pages": documents.aggregate(n=Sum("page_count"))["n"] or 0,
            "dry_run": options["dry_run"],
        }
        if not options["dry_run"]:
            result["queued"] = reprocess(
                documents, from_stage=options["stage"], pages=pages, force_ocr=options["force_ocr"]
            )
        if options["json"]:
            self.stdout.write(json.dumps(result))
        elif options["dry_run"]:
            self.stdout.write(f"Would do {result['documents']} documents ({result['pages']} pages) again.")
        else:
            left = result["documents"] - result["queued"]
            note = f" {left} cannot be read whatever we do and were left alone." if left else ""
            self.stdout.write(f"Queued {result['queued']} documents.{note} Watch them on the case's page.")
