"""Search term reports as files for spreadsheets, with all that says what was counted, when and by whom."""

from collections.abc import Iterator
from typing import Any

from lexintel.spreadsheet import UTF8_MARK, csv_line, xlsx
from search.models import TermReport

COLUMNS = ["Term", "Documents", "Documents with families", "Pages", "Unique documents", "Complete", "Remarks"]


def as_csv(report: TermReport) -> str:
    """The terms, all of them together, and below an empty line what the report is about."""
    lines = [*_terms(report), [], *_about(report)]
    return UTF8_MARK + "".join(map(csv_line, lines))


def as_xlsx(report: TermReport) -> bytes:
    """The same on two sheets."""
    return xlsx({"Terms": _terms(report), "About": _about(report)})


def _terms(report: TermReport) -> Iterator[list[Any]]:
    yield COLUMNS
    for row in report.rows:
        figures = [row[name] for name in ("documents", "with_families", "pages", "unique")]
        remarks = " ".join(filter(None, [row["problem"], *row["remarks"]]))
        yield [row["term"], *("" if n is None else n for n in figures), _yes(row["complete"]), remarks]
    totals = report.totals
    figures = [totals[name] for name in ("documents", "with_families", "pages")]
    yield ["All terms together", *figures, "", _yes(totals["complete"]), ""]


def _about(report: TermReport) -> Iterator[list[Any]]:
    coverage = report.coverage
    yield ["Report", report.name]
    yield ["Case", f"{report.case.name} ({report.case.reference})"]
    yield ["Counted at", report.created_at.isoformat(timespec="seconds")]
    yield ["Counted by", report.created_by.get_username() if report.created_by else ""]
    yield ["Documents searched", coverage["documents_searched"]]
    yield ["Pages searched", coverage["pages_searched"]]
    yield ["Pages that could not be read", coverage["pages_unreadable"]]
    yield ["Pages not read yet", coverage["pages_waiting"]]
    yield ["Documents not read yet", coverage["documents_waiting"]]
    yield ["Documents that could not be read at all", coverage["documents_failed"]]
    yield ["Fingerprint of what was searched (SHA-256)", report.fingerprint]


def _yes(complete: bool) -> str:
    return "yes" if complete else "no: these are the least"
