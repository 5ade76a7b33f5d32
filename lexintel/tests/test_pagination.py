"""Cursor pagination."""

import base64
import json
from urllib.parse import parse_qsl

import pytest
from django.core.exceptions import FieldError
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from cases.models import Party
from documents.models import Document
from lexintel.pagination import MAX_CURSOR_CHARS, CursorPagination, Position

DOCUMENTS = "/api/v1/documents/"


@pytest.fixture
def many(case, charlie):
    """13 documents, most of which share status, size and time."""
    Document.objects.bulk_create(
        Document(case=case, name=f"{n % 4}.txt", sha256=f"{n:064}", size=n // 6, media_type="text/plain")
        for n in range(13)
    )
    return list(Document.objects.all())


def walk(client, path, link="next"):
    """All rows from `path` on, page by page, and the last page."""
    rows = []
    while path:
        page = client.get(path).json()
        rows.append([d["id"] for d in page["results"]])
        last, path = page, page[link]
    return rows, last


@pytest.mark.parametrize("ordering", ["created_at", "-created_at", "name", "-name", "size", "-status"])
@pytest.mark.parametrize("limit", [1, 5, 13, 50])
def test_every_row_comes_once_forwards_and_backwards(many, alice, api, ordering, limit):
    client = api(alice)
    pages, last = walk(client, f"{DOCUMENTS}?ordering={ordering}&limit={limit}")
    rows = [id for page in pages for id in page]
    assert len(rows) == len(set(rows)) == len(many)
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    if last["previous"]:
        back, first = walk(client, last["previous"], "previous")
        assert list(reversed(back)) == pages[:-1]
        assert first["previous"] is None


def test_one_page_has_no_neighbours(many, alice, api):
    page = api(alice).get(DOCUMENTS, {"limit": 13}).json()
    assert (page["next"], page["previous"]) == (None, None)
    assert api(alice).get(DOCUMENTS, {"q": "nowhere"}).json() == {"next": None, "previous": None, "results": []}


def test_rows_that_come_and_go_neither_repeat_nor_hide_others(many, case, alice, api):
    client = api(alice)
    first = client.get(DOCUMENTS, {"ordering": "name", "limit": 10}).json()
    shown = [d["id"] for d in first["results"]]
    Document.objects.filter(pk__in=shown[-3:]).delete()
    for n in range(5):
        Document.objects.create(case=case, name="0.txt", sha256=f"new{n}", size=1, media_type="text/plain")
    rest, _ = walk(client, first["next"])
    after = [id for page in rest for id in page]
    expected = {str(d.pk) for d in many} - set(shown)
    assert expected <= set(after)
    assert not set(after) & set(shown)


def test_the_links_keep_the_question(many, alice, api):
    link = api(alice).get(DOCUMENTS, {"ordering": "name", "limit": 2, "q": "1.txt"}).json()["next"]
    assert {"ordering=name", "limit=2", "q=1.txt"} <= set(link.partition("?")[2].split("&"))


@pytest.mark.parametrize(("asked", "given"), [("7", 7), ("0", 13), ("-1", 13), ("x", 13), ("", 13), ("9999999", 13)])
def test_the_number_of_rows_is_what_is_asked_within_reason(many, alice, api, asked, given):
    assert len(api(alice).get(DOCUMENTS, {"limit": asked}).json()["results"]) == given


def test_no_more_than_two_hundred_come_at_once(case, alice, api):
    Document.objects.bulk_create(
        Document(case=case, name="x", sha256=f"{n:064}", size=1, media_type="text/plain") for n in range(201)
    )
    assert len(api(alice).get(DOCUMENTS, {"limit": 5000}).json()["results"]) == 200


def cursor(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


PK = "5f0c2a52-0000-4000-8000-000000000000"
MADE_UP = [
    "x",
    "====",
    "%00",
    "é",
    "\ud7ff",
    "A" * (MAX_CURSOR_CHARS + 1),
    base64.b64encode(b"[" * 1500).decode(),
    base64.b64encode(b"\xff\xfe").decode(),
    cursor(),
    cursor("v", PK),
    cursor("v", PK, "yes"),
    cursor(1, PK, False),
    cursor("v", "no uuid", False),
    cursor("a\0b", PK, False),
    cursor("\ud800", PK, False),
    cursor("v", PK, False, "more"),
]


@pytest.mark.parametrize("made_up", MADE_UP)
def test_a_cursor_that_is_not_ours_is_not_found(many, alice, api, made_up):
    response = api(alice).get(DOCUMENTS, {"ordering": "name", "cursor": made_up})
    assert (response.status_code, response.json()["code"]) == (404, "invalid_cursor")


@pytest.mark.parametrize(
    ("ordering", "value"),
    [
        ("created_at", "yesterday"),
        ("created_at", ""),
        ("created_at", "2024-13-01T00:00:00Z"),
        ("created_at", "2024-01-01"),
        ("created_at", "2024-01-01T00:00:00"),
        ("created_at", "0001-01-01T00:00:00+23:59"),
        ("size", "much"),
        ("size", ""),
        ("size", "1.5"),
        ("size", "9" * 1000),
        ("size", "NaN"),
    ],
)
def test_a_cursor_of_another_list_breaks_nothing(many, alice, api, ordering, value):
    for backwards in (True, False):
        response = api(alice).get(DOCUMENTS, {"ordering": ordering, "cursor": cursor(value, PK, backwards)})
        assert response.status_code in (200, 404)


def test_a_cursor_shows_nothing_of_another_case(many, charlie, alice, api):
    link = api(alice).get(DOCUMENTS, {"limit": 5}).json()["next"]
    assert api(charlie).get(link).json()["results"] == []


def test_a_position_comes_back_as_it_was():
    position = Position("Ünïcode \u202e “x”", "1", True)
    assert Position.decode(position.encode()) == position
    assert set(position.encode()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_an_ordering_that_would_lose_rows_is_a_bug_that_is_noticed(many):
    class List:
        ordering = "finished_at"

    with pytest.raises(FieldError):
        CursorPagination().paginate_queryset(Document.objects.all(), Request(APIRequestFactory().get("/")), List())


def test_rows_are_found_by_their_key_where_that_orders_them(case):
    class List:
        ordering = "-pk"

    parties = [Party.objects.create(case=case, name=f"P{n}", role="r") for n in range(5)]
    pagination, factory, found, query = CursorPagination(), APIRequestFactory(), [], {"limit": "2"}
    while True:
        found += pagination.paginate_queryset(Party.objects.all(), Request(factory.get("/", query)), List()) or []
        link = pagination.get_next_link()
        if link is None:
            break
        query = dict(parse_qsl(link.partition("?")[2]))
    assert found == sorted(parties, key=lambda p: p.pk, reverse=True)
    with pytest.raises(NotFound):
        pagination.paginate_queryset(
            Party.objects.all(), Request(factory.get("/", {"cursor": cursor("x", "x", False)})), List()
        )
