"""The one writer of progress: what has been committed about a document, told to everybody who watches its case."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from documents.models import Document, Stage, Status
from extraction.publisher import publisher

MAX_BYTES = 200
_TIME_US = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
# Where each stage begins, in percent of a document's way.
_BEGINS = {Stage.READ: 0, Stage.INDEX: 80, Stage.EMBED: 85, Stage.DONE: 99}


@dataclass(frozen=True)
class ProgressEvent:
    """A document's state: `page` of `pages` are read (0 pages: not known yet), `pct` of the way is done, `at` in ms."""

    case: str
    doc: str
    status: str
    stage: str
    page: int
    pages: int
    pct: int
    at: int
    code: str = ""
    v: int = 1

    def as_dict(self) -> dict[str, int | str]:
        """The event's public form; `code` only on failure."""
        fields: dict[str, int | str] = {"v": self.v, **vars(self)}
        if not self.code:
            del fields["code"]
        return fields

    def line(self) -> str:
        """One line of JSON, at most `MAX_BYTES` long: a long error code takes the place of the numbers."""
        fields = self.as_dict()
        for dropped in ("", "page", "pages", "pct", "stage"):
            fields.pop(dropped, None)
            line = json.dumps(fields, separators=(",", ":"))
            if len(line) <= MAX_BYTES:
                break
        return line


def percent(document: Document, page: int | None = None) -> int:
    """How far a document is, 0–100: reading is 0–80, words –85, meaning –100; 100 only when finished."""
    if document.status in (Status.READY, Status.PARTIAL):
        return 100
    if document.stage != Stage.READ:
        return _BEGINS[Stage(document.stage)]
    done = document.pages_done if page is None else page
    return min(80, 80 * done // document.page_count) if document.page_count else 0


def event_of(document: Document, *, at: int, page: int | None = None, status: str | None = None) -> ProgressEvent:
    """The event that tells a document's state as it is in memory; `at` in milliseconds since 1970."""
    status = status or document.status
    return ProgressEvent(
        case=str(document.case_id),
        doc=str(document.pk),
        status=status,
        stage=document.stage,
        page=document.pages_done if page is None else page,
        pages=document.page_count or 0,
        pct=percent(document, page),
        at=at,
        code=document.error_code if status == Status.FAILED else "",
    )


def announce(document: Document, *, page: int | None = None) -> None:
    """Tell the document's state, as it is in memory now, once the surrounding transaction has committed.

    Call it while the document's row is locked by that transaction, after the change: its time orders it among
    the document's other events. Never raises because Redis is away; then watchers get a new snapshot later.
    """
    _tell(document, _moment(), page=page)


def announce_all(documents: Iterable[Document]) -> None:
    """The same for many that one transaction has locked and changed: all at the same time."""
    moment = _moment()
    for document in documents:
        _tell(document, moment)


def announce_gone(document: Document) -> None:
    """Tell that the document is deleted, once that has committed. Call it while the instance has its id."""
    _tell(document, _moment(), status="deleted")


def _tell(document: Document, moment: tuple[int, int], *, page: int | None = None, status: str | None = None) -> None:
    at_us, number = moment
    event = event_of(document, at=at_us // 1000, page=page, status=status)
    case_id, document_id = document.case_id, uuid.UUID(event.doc)
    transaction.on_commit(lambda: publisher.publish(case_id, document_id, event.line(), at_us, number), robust=True)


def _moment() -> tuple[int, int]:
    """`database_time_us`, and the number of the transaction, which must be one that writes."""
    # Workers' clocks differ; under the row's lock the database's time is the order of commits.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_TIME_US}, pg_current_xact_id()::text::bigint")
        at_us, number = cursor.fetchone()
    return int(at_us), int(number)


def database_time_us() -> int:
    """The database's time now, in microseconds since 1970."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_TIME_US}")
        (at_us,) = cursor.fetchone()
    return int(at_us)
