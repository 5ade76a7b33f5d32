"""Where to look: which cases, and which of their documents. Every lane puts it inside its SQL."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases import access

Sql = tuple[str, list[Any]]


@dataclass(frozen=True)
class Scope:
    """The part of the record a question is put to.

    `case_ids` are cases the person may see and nothing else; build it with `scope_for`.
    `document_ids`, if any, are documents that have pages of their own, see Document.content_id.

    What a question's operators and fields leave of it (search/conditions.py): `only` these documents, or all if
    None; `without` those; and of their `pages` only these, ranges with both ends included, or all if empty.
    """

    case_ids: tuple[UUID, ...]
    document_ids: tuple[UUID, ...] = ()
    media_type: str = ""
    custodian: str = ""
    only: tuple[UUID, ...] | None = None
    without: tuple[UUID, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()

    def where(self, row: str, *, by_page: bool = True) -> Sql:
        """An SQL condition on `row`, the alias of a table with case_id, document_id and, unless `by_page` is false,
        page_from and page_to; and its parameters."""
        sql = f"{row}.case_id = ANY(%s)"
        params: list[Any] = [list(self.case_ids)]
        if self.document_ids:
            sql, params = f"{sql} AND {row}.document_id = ANY(%s)", [*params, list(self.document_ids)]
        if self.media_type or self.custodian:
            documents, more = self.documents()
            sql, params = f"{sql} AND {row}.document_id IN ({documents})", [*params, *more]
        else:
            sql, params = self._narrowed(f"{row}.document_id", sql, params)
        if by_page and self.pages:
            on_pages, more = self.on_pages(row)
            sql, params = f"{sql} AND {on_pages}", [*params, *more]
        return sql, params

    def on_pages(self, row: str) -> Sql:
        """An SQL condition on `row`, the alias of a table with page_from and page_to: it touches one of `pages`."""
        ranges = " OR ".join([f"({row}.page_from <= %s AND {row}.page_to >= %s)"] * len(self.pages))
        return f"({ranges})", [number for first, last in self.pages for number in (last, first)]

    def documents(self) -> Sql:
        """A SELECT of the ids of documents in scope. A duplicate brings in its original, which has the pages:
        what lay with two custodians is found under either."""
        sql = "SELECT coalesce(d.duplicate_of_id, d.id) FROM documents_document d WHERE d.case_id = ANY(%s)"
        params: list[Any] = [list(self.case_ids)]
        for column in ("media_type", "custodian"):
            if wanted := getattr(self, column):
                sql, params = f"{sql} AND d.{column} = %s", [*params, wanted]
        if self.document_ids:
            sql = f"{sql} AND coalesce(d.duplicate_of_id, d.id) = ANY(%s)"
            params.append(list(self.document_ids))
        return self._narrowed("coalesce(d.duplicate_of_id, d.id)", sql, params)

    def _narrowed(self, document: str, sql: str, params: list[Any]) -> Sql:
        if self.only is not None:
            sql, params = f"{sql} AND {document} = ANY(%s)", [*params, list(self.only)]
        if self.without:
            sql, params = f"{sql} AND {document} <> ALL(%s)", [*params, list(self.without)]
        return sql, params


def scope_for(user: Any, case: UUID | str = "", *, media_type: str = "", custodian: str = "") -> Scope:
    """All that `user` may see, or one case of it. Raises Http404 for a case the user is not a member of."""
    ids = (access.get_case(user, case).pk,) if case else tuple(access.case_ids(user))
    return Scope(ids, media_type=media_type, custodian=custodian)
