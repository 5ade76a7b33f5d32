"""Cursor pagination that stays exact when rows come and go, and when many rows share the ordering value.

REST framework's own cursor remembers one value and counts how many rows share it, up to 1,000; a case of
5,000 `ready` documents ordered by status would never come to its end. Here the cursor holds the value and the
primary key of the last row seen.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.encoding import force_str
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination as RestCursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

MAX_CURSOR_CHARS = 2_000


@dataclass(frozen=True)
class Position:
    """Just after this row in the list's order, or just before it if `backwards`."""

    value: str
    pk: str
    backwards: bool

    def encode(self) -> str:
        raw = json.dumps([self.value, self.pk, self.backwards], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @staticmethod
    def decode(cursor: str) -> Position:
        """Raises ValueError on anything that `encode` did not make."""
        if len(cursor) > MAX_CURSOR_CHARS:
            raise ValueError("too long")
        try:
            parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (binascii.Error, RecursionError) as error:
            raise ValueError("not ours") from error
        if not isinstance(parts, list) or [type(p) for p in parts] != [str, str, bool]:
            raise ValueError("not ours")
        return Position(*parts)


class CursorPagination(RestCursorPagination):
    """`{next, previous, results}`; `limit` rows a page (50, at most 200).

    The view's `ordering` (or the `ordering` here) names one never-null model field, `-` first for descending; the
    primary key breaks ties.
    """

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-created_at"

    page: list[Any]
    base_url: str

    def paginate_queryset(  # type: ignore[override]  # only querysets have a place to go on from
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """One page of rows. Raises NotFound on a cursor that is not ours."""
        self.request, self.base_url = request, request.build_absolute_uri()
        size = self.get_page_size(request) or self.page_size
        named = getattr(view, "ordering", None) or self.ordering
        self.field, self.descending = _field(queryset.model, named if isinstance(named, str) else named[0])
        position = self._position(request)
        backwards = position is not None and position.backwards
        descending = self.descending != backwards
        sign = "-" if descending else ""
        rows = queryset.order_by(f"{sign}{self.field.name}", f"{sign}pk")
        if position is not None:
            rows = rows.filter(self._beyond(position, descending))
        page = list(rows[: size + 1])
        more, page = len(page) > size, page[:size]
        if backwards:
            page.reverse()
        self.page = page
        self.has_next = bool(page) and (more or backwards)
        self.has_previous = bool(page) and (more if backwards else position is not None)
        return page

    def get_next_link(self) -> str | None:
        return self._link(self.page[-1], backwards=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(self.page[0], backwards=True) if self.has_previous else None

    def _position(self, request: Request) -> Position | None:
        cursor = request.query_params.get(self.cursor_query_param)
        if not cursor:
            return None
        try:
            return Position.decode(cursor)
        except ValueError:
            raise NotFound(self.invalid_cursor_message, code="invalid_cursor") from None

    def _beyond(self, position: Position, descending: bool) -> Q:
        name, way = self.field.name, "lt" if descending else "gt"
        try:
            value = _value(self.field, position.value)
            pk = _value(self.field.model._meta.pk, position.pk)
        except (ValidationError, ValueError, OverflowError):
            raise NotFound(self.invalid_cursor_message, code="invalid_cursor") from None
        # The first condition alone lets an index on the field find the place.
        return Q(**{f"{name}__{way}e": value}) & (Q(**{f"{name}__{way}": value}) | Q(**{f"pk__{way}": pk}))

    def _link(self, row: Model, *, backwards: bool) -> str:
        position = Position(self.field.value_to_string(row), force_str(row.pk), backwards)
        return replace_query_param(self.base_url, self.cursor_query_param, position.encode())


def _value(field: Any, text: str) -> Any:
    """What the text means. Raises ValidationError, ValueError or OverflowError on what no row of ours has."""
    # PostgreSQL takes neither lone surrogates (a ValueError here) nor NUL; only a made-up cursor has them.
    text.encode()
    if "\0" in text:
        raise ValueError("NUL")
    value = field.to_python(text)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        return value.astimezone(UTC)
    if value is None:
        raise ValueError("nothing")
    return value


def _field(model: type[Model], ordering: str) -> tuple[Any, bool]:
    name = ordering.removeprefix("-")
    if name == "pk":
        return model._meta.pk, ordering.startswith("-")
    field = model._meta.get_field(name)
    if getattr(field, "null", True):
        raise FieldError(f"{name} may be null: rows would be lost between pages")
    return field, ordering.startswith("-")
