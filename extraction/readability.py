"""The readability ledger: how much of a case can be read, and of all that cannot, where it is, why, and what to do.

Three kinds of trouble have a row each for document and cause:
document  it failed, or ended before its end, with a code of extraction/errors.py
page      a page is unreadable, or OCR is not sure of it
part      something of the file besides its pages is missing; a warning of extraction/warnings.py
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from documents.models import FINISHED, Document, Page, PageState, Status
from documents.page_ranges import PageRange, ranges_by_reason
from extraction.page_reasons import LOW_CONFIDENCE, LOW_CONFIDENCE_BELOW, Cause, cause
from extraction.warnings import LOSSES, sentence

TAKES_PASSWORD = frozenset({"encrypted", "members_encrypted"})
KINDS = ("document", "page", "part")
UNREADABLE = Q(state=PageState.UNREADABLE)
UNSURE = Q(state=PageState.OCR, confidence__lt=LOW_CONFIDENCE_BELOW)

CAUSES_SQL = """
WITH document AS MATERIALIZED (
  SELECT id, version, status, error_code, warnings FROM documents_document
  WHERE case_id = %(case)s AND duplicate_of_id IS NULL
),
page AS (
  SELECT p.document_id, CASE p.state WHEN 'unreadable' THEN p.reason ELSE %(unsure)s END AS code
  FROM documents_page p JOIN document d ON p.document_id = d.id AND p.version = d.version
  WHERE p.state = 'unreadable' OR (p.state = 'ocr' AND p.confidence < %(below)s)
)
SELECT 'document', error_code, count(*), 0 FROM document
WHERE error_code <> '' AND status = ANY(%(finished)s) GROUP BY 2
UNION ALL
SELECT 'page', code, count(DISTINCT document_id), count(*) FROM page GROUP BY 2
UNION ALL
SELECT 'part', code, count(*), 0 FROM document, jsonb_array_elements_text(warnings) AS code
WHERE code = ANY(%(losses)s) GROUP BY 2
"""


@dataclass(frozen=True)
class Readability:
    """Pages of the originals of a case, or of one document; `low_confidence` are among the `ocr` ones.

    `documents_failed` of them have no page at all.
    """

    text: int = 0
    ocr: int = 0
    blank: int = 0
    unreadable: int = 0
    low_confidence: int = 0
    documents: int = 0
    documents_failed: int = 0
    documents_waiting: int = 0

    @property
    def pages(self) -> int:
        return self.readable + self.unreadable

    @property
    def readable(self) -> int:
        return self.text + self.ocr + self.blank

    @property
    def percent(self) -> int | None:
        """Of the pages; 100 only if nothing failed. None if there are none."""
        if not self.pages:
            return None
        return min(100 * self.readable // self.pages, 99 if self.documents_failed else 100)


@dataclass(frozen=True)
class Trouble:
    """What is the matter with `documents` of a case; `pages`: how many pages, 0 where it is not of single pages."""

    kind: str
    cause: Cause
    documents: int
    pages: int

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return f"{self.kind}-{self.cause.code}"

    @property
    def takes_password(self) -> bool:
        """Whether reading again with a password may help."""
        return self.cause.code in TAKES_PASSWORD


@dataclass(frozen=True)
class Entry:
    """What is the matter with one document, and on which pages."""

    document: Document
    kind: str
    cause: Cause
    pages: Sequence[PageRange] = ()

    @property
    def page_count(self) -> int:
        return sum(run.last - run.first + 1 for run in self.pages)


def readability_of(case_id: UUID) -> Readability:
    """The figures of a case; two queries."""
    originals = Document.objects.originals().filter(case_id=case_id)
    documents = originals.aggregate(
        documents=Count("pk"),
        documents_failed=Count("pk", filter=Q(status=Status.FAILED)),
        documents_waiting=Count("pk", filter=~Q(status__in=FINISHED)),
    )
    pages = Page.objects.current().filter(document__case_id=case_id, document__duplicate_of=None)
    return Readability(**documents, **pages.aggregate(**_by_state()))


def troubles(case_id: UUID) -> list[Trouble]:
    """What is the matter in a case: documents first, and of each kind what concerns most; one query."""
    params: dict[str, Any] = {"case": case_id, "unsure": LOW_CONFIDENCE, "below": LOW_CONFIDENCE_BELOW}
    with connection.cursor() as cursor:
        cursor.execute(CAUSES_SQL, params | {"finished": list(FINISHED), "losses": sorted(LOSSES)})
        found = [Trouble(kind, _cause(kind, code), *counts) for kind, code, *counts in cursor.fetchall()]
    return sorted(found, key=lambda t: (KINDS.index(t.kind), -t.pages, -t.documents, t.cause.code))


def troubled(case_id: UUID, key: str = "") -> QuerySet[Document]:
    """The originals of a case with anything the matter, or with what `key` names (a Trouble's). No such key: none."""
    originals = Document.objects.originals().filter(case_id=case_id)
    kind, _, code = key.partition("-")
    if not key:
        wrong = _failed() | Exists(_bad_pages(UNREADABLE | UNSURE)) | _lost(sorted(LOSSES))
    elif kind == "document":
        wrong = _failed() & Q(error_code=code)
    elif kind == "page":
        bad = UNSURE if code == LOW_CONFIDENCE else UNREADABLE & Q(reason=code)
        wrong = Q(Exists(_bad_pages(bad)))
    elif kind == "part":
        wrong = _lost([code] if code in LOSSES else [])
    else:
        return originals.none()
    return originals.filter(wrong)


def entries(documents: Iterable[Document], key: str = "") -> list[Entry]:
    """A row for each of these documents and each cause, or only for the one that `key` names; one query."""
    documents = list(documents)
    found: dict[UUID, list[tuple[int, str]]] = defaultdict(list)
    pages = Page.objects.current().filter(UNREADABLE | UNSURE, document__in=documents).order_by("number")
    for document_id, number, state, reason in pages.values_list("document_id", "number", "state", "reason"):
        found[document_id].append((number, reason if state == PageState.UNREADABLE else LOW_CONFIDENCE))
    rows = []
    for document in documents:
        if document.error_code and document.status in FINISHED:
            rows.append(Entry(document, "document", cause(document.error_code)))
        rows += [
            Entry(document, "page", _cause("page", code), runs)
            for code, runs in ranges_by_reason(found[document.pk]).items()
        ]
        rows += [Entry(document, "part", _cause("part", code)) for code in document.warnings if code in LOSSES]
    return [row for row in rows if key in ("", f"{row.kind}-{row.cause.code}")]


def _cause(kind: str, code: str) -> Cause:
    if kind == "part":
        return Cause(code, sentence(code), LOSSES[code], can_reread=False)
    return cause(code, of_page=kind == "page")


def _by_state() -> dict[str, Count]:
    counts = {str(state): Count("pk", filter=Q(state=state)) for state in PageState.values}
    return counts | {LOW_CONFIDENCE: Count("pk", filter=UNSURE)}


def _failed() -> Q:
    return Q(status__in=FINISHED) & ~Q(error_code="")


def _bad_pages(which: Q) -> QuerySet[Page]:
    return Page.objects.filter(which, document=OuterRef("pk"), version=OuterRef("version"))


def _lost(codes: list[str]) -> Q:
    wrong = Q(pk__in=[])
    for code in codes:
        wrong |= Q(warnings__contains=[code])
    return wrong
