"""Search term reports: how much each term of a list finds in a case, counted at one moment and kept as it was.

terms ─▶ hits_of each, within REPORT_SECONDS ─▶ rows, totals, coverage, fingerprint of what was searched
"""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cases.models import Case
from lexintel import sql
from search.coverage import coverage_of
from search.deadline import at_most
from search.families_of_hits import families_of
from search.holding import holding
from search.lanes.tsqueries import CONFIG
from search.models import TermReport
from search.query import clean
from search.scope import Scope
from search.term_counts import TERM_SECONDS, TermHits, hits_of

MAX_TERMS = 500
# Somebody is waiting for it. On 1,000 pages 100 words took 3 s, 100 phrases of words that nearly every page has 16 s,
# on a busy machine.
REPORT_SECONDS = 20.0
# For one SQL query about the whole case.
QUERY_SECONDS = 10.0
TOO_SLOW = "Counting took too long and was stopped. Try again when less is being read."
NO_TIME_LEFT = "There was no time left to count this term; put it into a report of its own."
# Part of every fingerprint: raised when the same documents would be counted otherwise.
METHOD = f"term report 1, index {CONFIG}"

# What was searched: documents with text, and copies, which say to which custodian and family a text belongs.
FINGERPRINT = """
SELECT encode(sha256(convert_to(%s || coalesce(string_agg(E'\\n' || concat_ws(' ', d.id, d.version,
         d.extractor_version, d.sha256, coalesce(d.duplicate_of_id::text, '-'), coalesce(d.parent_id::text, '-')),
       '' ORDER BY d.id), ''), 'UTF8')), 'hex')
FROM documents_document d WHERE d.case_id = %s AND (d.version > 0 OR d.duplicate_of_id IS NOT NULL)
"""


class NoTerms(Exception):
    """There is no term in the list, or too many; the message says which."""


def terms_in(lines: Sequence[str]) -> list[str]:
    """The terms of a list, one a line, each once. Raises NoTerms."""
    terms = list(dict.fromkeys(filter(None, map(clean, lines))))
    if not terms:
        raise NoTerms("Enter at least one term, one on each line.")
    if len(terms) > MAX_TERMS:
        raise NoTerms(f"Please shorten the list: at most {MAX_TERMS} terms are counted at once.")
    return terms


def make_report(case: Case, user: Any, name: str, terms: Sequence[str]) -> TermReport:
    """Count the terms (of `terms_in`) now and keep the result.

    Raises TookTooLong if families, coverage or fingerprint take too long; a term that does says so in its row.
    """
    started = time.monotonic()
    with sql.one_moment(), at_most(QUERY_SECONDS):
        counted = _count(case.pk, terms, until=started + REPORT_SECONDS)
    return TermReport.objects.create(
        case=case, created_by=user, name=clean(name), seconds=round(time.monotonic() - started, 2), **counted
    )


def fingerprint(case_id: UUID) -> str:
    """SHA-256 over what there is to search in a case, hexadecimal; one SQL query."""
    return str(sql.rows(FINGERPRINT, [METHOD, case_id])[0][0])


def has_changed(report: TermReport) -> bool:
    """Whether counting again could give something else: documents came, went, or were read again."""
    return report.fingerprint != fingerprint(report.case_id)


def _count(case_id: UUID, terms: Sequence[str], until: float) -> dict[str, Any]:
    scope = Scope((case_id,))
    families = families_of(case_id)
    rows: list[dict[str, Any]] = []
    every_page: set[tuple[UUID, int]] = set()
    # By document the one term that finds it; None if several do.
    found_by: dict[UUID, int | None] = {}
    for number, term in enumerate(terms):
        left = until - time.monotonic()
        hits = hits_of(term, scope, min(TERM_SECONDS, left)) if left > 0.05 else _not_counted()
        for document in hits.documents:
            found_by[document] = None if document in found_by else number
        every_page |= hits.pages or frozenset()
        rows.append(_row(term, hits, len(families.around(hits.documents))))
    alone = Counter(found_by.values())
    for number, row in enumerate(rows):
        row["unique"] = None if row["problem"] else alone[number]
    return {
        "rows": rows,
        "totals": {
            "documents": len(found_by),
            "with_families": len(families.around(found_by)),
            "pages": len(every_page),
            "complete": all(row["complete"] for row in rows),
        },
        "coverage": vars(coverage_of(scope)) | {"documents_searched": len(holding(scope))},
        "fingerprint": fingerprint(case_id),
    }


def _not_counted() -> TermHits:
    return TermHits(complete=False, problem=NO_TIME_LEFT)


def _row(term: str, hits: TermHits, with_families: int) -> dict[str, Any]:
    counted = not hits.problem
    return {
        "term": term,
        "documents": len(hits.documents) if counted else None,
        "with_families": with_families if counted else None,
        "pages": len(hits.pages) if counted and hits.pages is not None else None,
        "unique": None,
        "complete": hits.complete,
        "problem": hits.problem,
        "remarks": list(hits.remarks),
    }
