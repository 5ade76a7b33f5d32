"""The API and the pages of search."""

from uuid import uuid4

import pytest
from django.db import connection

SCRIPT = "<script>alert(1)</script> winch & anchor"


@pytest.fixture
def winch(case, make_document):
    return make_document(case, ["Page one is about ropes.", f"The winch failed. {SCRIPT}"], name="<b>winch</b>.txt")


def test_an_answer_has_the_members_of_the_contract(winch, alice, api):
    body = api(alice).get("/api/v1/search/", {"q": "winch", "case": str(winch.case_id)}).json()
    assert {"query", "mode", "total", "coverage", "facets", "results", "next"} <= set(body)
    first = body["results"][0]
    assert (first["document"], first["page"]) == (str(winch.pk), 2)
    a, b = first["snippet"]["highlights"][0]
    assert first["snippet"]["text"][a:b] == "winch"
    assert body["coverage"]["pages_searched"] == 2
    assert body["facets"]["media_type"][0]["count"] == 1


def test_a_case_one_is_no_member_of_is_not_found(winch, charlie, api):
    client = api(charlie)
    assert client.get("/api/v1/search/", {"q": "winch", "case": str(winch.case_id)}).status_code == 404
    assert client.get("/api/v1/search/", {"q": "winch"}).json()["total"] == 0
    assert client.get(f"/cases/{winch.case_id}/search/?q=winch").status_code == 404
    assert client.get(f"/documents/{winch.pk}/pages/2/?q=winch").status_code == 404
    assert client.get(f"/api/v1/documents/{winch.pk}/pages/2/highlights/?q=winch").status_code == 404


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"q": ""}, "query_empty"),
        ({"q": "x" * 10_001}, "query_too_long"),
        ({"q": "a " * 201}, "query_too_many_terms"),
        ({"q": "winch", "mode": "psychic"}, "invalid"),
        ({"q": "winch", "limit": "1000"}, "invalid"),
        ({"q": "winch", "cursor": "forged"}, "invalid_cursor"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_a_code(winch, alice, api, parameters, code):
    response = api(alice).get("/api/v1/search/", parameters)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_a_case_that_does_not_exist_is_not_found(alice, api):
    for case in (uuid4(), "x", "' OR 1=1"):
        assert api(alice).get("/api/v1/search/", {"q": "x", "case": str(case)}).status_code == 404


def test_the_results_page_marks_hits_and_escapes_what_documents_say(winch, alice, api):
    page = api(alice).get("/search/?q=winch").content.decode()
    assert "<mark>winch</mark>" in page
    assert "<script>alert(1)" not in page and "&lt;script&gt;" in page
    assert "<b>winch" not in page


def test_the_page_of_a_hit_marks_it_and_leads_to_the_next(winch, alice, api):
    page = api(alice).get(f"/documents/{winch.pk}/pages/1/?q=winch").content.decode()
    assert "Next hit: page 2" in page
    page = api(alice).get(f"/documents/{winch.pk}/pages/2/?q=winch").content.decode()
    assert ">winch</mark>" in page and "<script>alert(1)" not in page


def test_a_page_that_does_not_exist_is_not_found(winch, alice, api):
    assert api(alice).get(f"/documents/{winch.pk}/pages/3/").status_code == 404
    assert api(alice).get(f"/documents/{winch.pk}/pages/0/").status_code == 404


def test_a_bad_question_on_the_page_is_said_and_not_an_error(winch, alice, api):
    response = api(alice).get("/search/", {"q": "x" * 10_001})
    assert response.status_code == 400
    assert "shorten" in response.content.decode()


def test_anonymous_people_are_sent_to_sign_in(winch, api):
    assert api(None).get("/search/?q=winch").status_code == 302
    assert api(None).get("/api/v1/search/?q=winch").status_code == 401


def test_page_highlights_are_offsets_of_the_pages_text(winch, bob, api):
    body = api(bob).get(f"/api/v1/documents/{winch.pk}/pages/2/highlights/?q=winch").json()
    text = api(bob).get(f"/api/v1/documents/{winch.pk}/pages/2/").json()["text"]
    assert {text[a:b] for a, b in body["highlights"]} == {"winch"}


def test_a_search_that_takes_too_long_says_so(winch, alice, api, monkeypatch):
    def slow(scope):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    monkeypatch.setattr("search.engine.coverage_of", slow)
    monkeypatch.setattr("search.engine.LANE_SECONDS", 0.05)
    monkeypatch.setattr("search.document_hits.LANE_SECONDS", 0.05)
    monkeypatch.setattr("search.document_hits.hit_pages", lambda document_id, query: slow(None))
    client = api(alice)
    for path in ("/api/v1/search/", f"/api/v1/documents/{winch.pk}/hits/"):
        response = client.get(path, {"q": "winch"})
        assert (response.status_code, response.json()["code"]) == (503, "search_timeout")
    for path in ("/search/", f"/documents/{winch.pk}/search/"):
        response = client.get(path, {"q": "winch"})
        assert response.status_code == 503 and "took too long" in response.content.decode()
