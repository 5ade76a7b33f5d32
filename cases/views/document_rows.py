"""The documents of a list with what their case's page tells of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from documents.models import Document, PageState, Status
from documents.serializers import shown
from extraction.errors import ERRORS, ErrorKind
from extraction.models import ExtractionJob, JobState
from extraction.pace import in_words
from extraction.reprocess import can_be_reprocessed
from extraction.warnings import sentence

# Reading these again ends in the same way until something else was done: a password given, the file released.
_NOT_BY_TRYING = ("encrypted", "quarantined")


@dataclass(frozen=True)
class NextTry:
    """The last attempt failed in a way that may pass: `error`, and when it is tried again."""

    error: ErrorKind
    at: datetime
    attempt: int
    max_attempts: int


@dataclass(frozen=True)
class DocumentRow:
    """`facts` is the document as the API shows it."""

    document: Document
    facts: dict[str, Any]
    next_try: NextTry | None

    @property
    def unreadable(self) -> str:
        """How many of its pages could not be read, in a sentence; empty if none."""
        number = self.facts["pages_by_state"][PageState.UNREADABLE]
        pages = self.document.page_count or number
        of = f" of {pages:,}" if self.document.page_count else ""
        return f"{number:,}{of} {'page' if pages == 1 else 'pages'} could not be read." if number else ""

    @property
    def cautions(self) -> list[str]:
        """What whoever relies on its text should know."""
        return [sentence(code) for code in self.document.warnings]

    @property
    def can_retry(self) -> bool:
        """Whether trying again might help."""
        failed = self.document.status == Status.FAILED and self.document.error_code not in _NOT_BY_TRYING
        return failed and can_be_reprocessed(self.document)

    @property
    def folder(self) -> str:
        """Where the file lay, without its own name; empty at the top."""
        return self.document.path.rpartition("/")[0]

    @property
    def wait(self) -> str:
        """About how long it takes until it is searchable, empty if unknown."""
        eta = self.facts["eta_range_s"]
        return in_words(*eta) if eta else ""


def document_rows(documents: Iterable[Document]) -> list[DocumentRow]:
    """In at most six queries, however many they are."""
    documents = list(documents)
    tries = _next_tries([d.content_id for d in documents if d.status == Status.QUEUED])
    return [
        DocumentRow(document, facts, tries.get(document.content_id))
        for document, facts in zip(documents, shown(documents), strict=True)
    ]


def _next_tries(documents: list[uuid.UUID]) -> dict[uuid.UUID, NextTry]:
    if not documents:
        return {}
    jobs = ExtractionJob.objects.filter(document__in=documents, state=JobState.QUEUED).exclude(error_code="")
    return {
        job.document_id: NextTry(
            ERRORS.get(job.error_code) or ERRORS["internal_error"], job.not_before, job.attempt + 1, job.max_attempts
        )
        for job in jobs
    }
