"""manage.py reprocess: read, index or embed documents again."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from documents.models import Document, Status
from extraction.case_reference import find_case
from extraction.errors import ERRORS
from extraction.models import JobStage
from extraction.pace import in_words
from extraction.reprocess import Again, Selection, parse_pages, reprocess, select
from extraction.reprocess_forecast import Forecast, Load, forecast
from lexintel.terminal import Progress

# Named one by one; of more cases, how many they are.
_MOST_CASES = 20


class Command(BaseCommand):
    help = (
        "Queue documents again. What is named must all hold: --case X --status failed is the failed ones of X. The "
        "text that is shown stays, and is found, until the new one is whole; if it cannot be read again, for good."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", help="the case's reference or id")
        parser.add_argument("--document", nargs="+", type=UUID, default=[], metavar="ID")
        parser.add_argument("--status", choices=Status.values, default="", help="only documents in this state")
        parser.add_argument("--stage", choices=JobStage.values, default=JobStage.READ, help="start at this stage")
        parser.add_argument("--error-code", choices=sorted(ERRORS), default="", help="only what ended with this")
        parser.add_argument(
            "--extractor-older-than", default="", metavar="V", help="only what was read by a version before V"
        )
        parser.add_argument("--pages", default="", help="for example 3,7-9: read only these again")
        parser.add_argument("--force-ocr", action="store_true", help="every page by OCR; the better text is kept")
        parser.add_argument("--all", action="store_true", help="needed to select every document of every case")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done, and how long it takes")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, **options: Any) -> None:
        try:
            selection, again = _selection(options), _again(options)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        if selection == Selection() and not options["all"]:
            raise CommandError("Name what to do again (--case, --document, --status …), or say --all.", returncode=2)
        documents = select(selection)
        found = forecast(documents, again)
        result: dict[str, Any] = {
            "documents": found.total.documents,
            "pages": found.total.pages,
            "dry_run": options["dry_run"],
        }
        if options["dry_run"]:
            self.stdout.write(json.dumps(result | _told(found)) if options["json"] else _plain(found))
            return
        result["queued"] = self._queue(documents, again, found.total.documents, quiet=options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            left = max(0, result["documents"] - result["queued"])
            note = f" {left} cannot be read whatever we do and were left alone." if left else ""
            self.stdout.write(f"Queued {result['queued']} documents.{note} Watch them on the case's page.")

    def _queue(self, documents: Any, again: Again, total: int, *, quiet: bool) -> int:
        with Progress("queueing", total, quiet=quiet) as bar:
            try:
                return reprocess(documents, **vars(again), advance=bar.advance)
            except KeyboardInterrupt:
                said = f"Stopped at {bar.done} of {total} documents; these are queued, the others are as they were."
                raise CommandError(said, returncode=1) from None


def _selection(options: dict[str, Any]) -> Selection:
    """Raises ValueError with what is wrong."""
    older: str = options["extractor_older_than"]
    if older and not (older.isascii() and older.isdigit() and 0 < int(older) < 2**31):
        raise ValueError("--extractor-older-than takes a version, a number from 1 on.")
    unknown = set(options["document"]) - set(
        Document.objects.filter(pk__in=options["document"]).values_list("pk", flat=True)
    )
    if unknown:
        raise ValueError(f"There is no document {', '.join(sorted(map(str, unknown)))}.")
    return Selection(
        case_id=find_case(options["case"]).pk if options["case"] else None,
        document_ids=tuple(options["document"]),
        status=options["status"],
        error_code=options["error_code"],
        extractor_older_than=int(older) if older else None,
    )


def _again(options: dict[str, Any]) -> Again:
    """Raises ValueError with what is wrong."""
    try:
        pages = parse_pages(options["pages"])
    except ValueError:
        raise ValueError("--pages takes page numbers, for example 3,7-9.") from None
    if options["stage"] != JobStage.READ and (pages or options["force_ocr"]):
        raise ValueError("--pages and --force-ocr are about reading: leave --stage out.")
    return Again(options["stage"], pages, options["force_ocr"])


def _told(found: Forecast) -> dict[str, Any]:
    return {
        "left_alone": found.left_alone,
        "by_case": {reference: vars(load) for reference, load in sorted(found.by_case.items())},
        "by_status": {status: vars(load) for status, load in found.by_status.items()},
        "pages_per_s": round(found.pages_per_s, 2) if found.pages_per_s else None,
        "measured_documents": found.measured,
        "processes": found.processes,
        "eta_s": vars(found.eta) if found.eta else None,
    }


def _plain(found: Forecast) -> str:
    lines = [f"Would do {_count(found.total)} again."]
    cases = sorted(found.by_case.items(), key=lambda each: (-each[1].documents, each[0]))
    lines += [f"  case {reference}: {_count(load)}" for reference, load in cases[:_MOST_CASES]]
    if len(cases) > _MOST_CASES:
        lines.append(f"  and {len(cases) - _MOST_CASES} more cases")
    lines += [
        f"  {Status(status).label.lower()}: {_count(found.by_status[status])}"
        for status in Status.values
        if status in found.by_status
    ]
    if found.left_alone:
        lines.append(f"  of them {found.left_alone:,} cannot be read whatever we do, and are left alone")
    return "\n".join([*lines, _time(found)])


def _time(found: Forecast) -> str:
    if not found.total.documents:
        return "Nothing to do."
    if found.eta is None:
        return "How long that takes is unknown: too little like it has been done in these cases."
    by = "one reading process" if found.processes == 1 else f"{found.processes} reading processes"
    rate = (
        f"; so far {found.pages_per_s:,.1f} pages a second each, from {found.measured:,} documents"
        if found.pages_per_s
        else ""
    )
    return f"It takes {in_words(found.eta.low, found.eta.high)} with {by}, once it is their turn{rate}."


def _count(load: Load) -> str:
    return f"{load.documents:,} documents ({load.pages:,} pages)"
