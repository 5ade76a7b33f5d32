"""Reading again what could not be read: of a page's trouble only those pages, of a document's the whole document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from documents.models import Document
from extraction.readability import entries, troubled
from extraction.reprocess import reprocess

# As many as are queued while somebody waits for the answer.
MOST = 1_000


@dataclass(frozen=True)
class Queued:
    """`documents` are queued; `left` are not, because they are more than MOST."""

    documents: int
    left: int


def read_again(case_id: UUID, key: str, passwords_to_try: Sequence[str] = ()) -> Queued:
    """Queue the documents of a case whose trouble has this key. Raises RetryableError if passwords cannot be kept."""
    found = list(troubled(case_id, key).order_by("created_at", "pk")[: MOST + 1])
    left = troubled(case_id, key).count() - MOST if len(found) > MOST else 0
    queued = 0
    for entry in entries(found[:MOST], key):
        pages = tuple(n for run in entry.pages for n in range(run.first, run.last + 1))
        document = Document.objects.filter(pk=entry.document.pk)
        queued += reprocess(document, pages=pages, passwords_to_try=passwords_to_try)
    return Queued(queued, left)
