"""The API of pages."""

import pytest

from documents.models import Document, Page
from documents.wordboxes import pack


def pages(document, number=None):
    return f"/api/v1/documents/{document.pk}/pages/" + ("" if number is None else f"{number}/")


def code(response, status):
    assert response.status_code == status, response.content
    return response.json()["code"]


@pytest.fixture
def document(case, make_document):
    document = make_document(case, ["Fair winds", "", "torn"], name="log.txt")
    Page.objects.filter(document=document, number=1).update(
        width=612,
        height=792,
        words=pack([[0, 4, 72, 72, 90.5, 84], [5, 10, 95, 72, 130, 84]]),
        tables=[{"rows": [["a"]]}],
    )
    Page.objects.filter(document=document, number=3).update(state="unreadable", reason="resource_time", text="")
    return document


def test_pages_come_in_order_with_their_state(document, bob, api):
    shown = api(bob).get(pages(document)).json()
    assert shown["next"] is None
    assert [(p["number"], p["state"], p["reason"]) for p in shown["results"]] == [
        (1, "text", ""),
        (2, "blank", ""),
        (3, "unreadable", "resource_time"),
    ]
    told = {"number", "state", "text", "width", "height", "rotation", "confidence", "reason", "tables"}
    assert shown["results"][0].keys() >= told


def test_a_page_has_its_words_where_they_are_if_asked(document, bob, api):
    plain = api(bob).get(pages(document, 1)).json()
    assert "words" not in plain
    assert (plain["text"], plain["width"], plain["height"], plain["tables"]) == (
        "Fair winds",
        612,
        792,
        [{"rows": [["a"]]}],
    )
    words = api(bob).get(pages(document, 1), {"words": "1"}).json()["words"]
    assert words == [[0, 4, 72.0, 72.0, 90.5, 84.0], [5, 10, 95.0, 72.0, 130.0, 84.0]]
    assert plain["text"][words[1][0] : words[1][1]] == "winds"
    assert api(bob).get(pages(document, 2), {"words": "1"}).json()["words"] == []


@pytest.mark.parametrize("number", [0, 4, 2**31, 2**63, 10**30])
def test_a_page_that_is_not_there_is_not_found(document, bob, api, number):
    assert code(api(bob).get(pages(document, number)), 404) == "not_found"


def test_many_pages_are_turned(case, bob, api, put_in):
    document = put_in(case, b"long")
    Document.objects.filter(pk=document.pk).update(version=1)
    Page.objects.bulk_create(
        Page(document=document, version=1, number=n, state="text", text=f"p{n}", chars=2) for n in range(1, 121)
    )
    found, path = [], pages(document)
    while path:
        shown = api(bob).get(path).json()
        found += [p["number"] for p in shown["results"]]
        path = shown["next"]
    assert found == list(range(1, 121))


def test_only_the_shown_version_is_shown(document, bob, api):
    Page.objects.create(document=document, version=2, number=1, state="text", text="not yet", chars=7)
    assert "not yet" not in api(bob).get(pages(document)).content.decode()
    assert api(bob).get(pages(document, 1)).json()["text"] == "Fair winds"


def test_a_duplicate_shows_those_of_its_original(case, bob, api, put_in, work_off, fake_embedder):
    put_in(case, b"The same words.", name="a.txt")
    copy = put_in(case, b"The same words.", name="b.txt")
    work_off()
    assert [p["text"] for p in api(bob).get(pages(copy)).json()["results"]] == ["The same words."]
    assert api(bob).get(pages(copy, 1)).json()["text"] == "The same words."


def test_a_document_that_was_not_read_has_none(case, bob, api, put_in):
    document = put_in(case, b"waits")
    assert api(bob).get(pages(document)).json()["results"] == []
    assert code(api(bob).get(pages(document, 1)), 404) == "not_found"


def test_for_outsiders_there_are_none(document, charlie, dana, other_case, api):
    for person in (charlie, dana):
        assert code(api(person).get(pages(document)), 404) == "not_found"
        assert code(api(person).get(pages(document, 1)), 404) == "not_found"
        assert code(api(person).get(pages(document, 99)), 404) == "not_found"
    assert code(api().get(pages(document, 1)), 401) == "not_authenticated"


def test_pages_are_only_read(document, alice, api):
    for method in ("post", "put", "patch", "delete"):
        assert code(getattr(api(alice), method)(pages(document, 1)), 405) == "method_not_allowed"
