"""A stretch of a long list, and the addresses of the ones before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from lexintel.pagination import CursorPagination


@dataclass(frozen=True)
class Stretch:
    """`previous` and `next` are query strings, empty where the list ends."""

    rows: list[Any]
    previous: str
    next: str


def stretch(request: HttpRequest, rows: QuerySet[Any], ordering: str) -> Stretch:
    """The rows that `?cursor=` names, the first ones without it. Raises Http404 on a cursor that is not ours."""
    paging = CursorPagination()
    paging.ordering = ordering
    try:
        page = paging.paginate_queryset(rows, Request(request)) or []
    except NotFound:
        raise Http404 from None
    return Stretch(page, _query(paging.get_previous_link()), _query(paging.get_next_link()))


def _query(link: str | None) -> str:
    return urlsplit(link).query if link else ""
