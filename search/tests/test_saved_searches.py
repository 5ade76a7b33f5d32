"""Saved searches: what is new in them, for whom, and that nobody else sees them."""

from uuid import uuid4

import pytest
from django.test import Client

from cases.models import Membership
from documents.models import Document
from search import saved as saved_module
from search.models import SavedSearch
from search.saved import MOST_SAVED, mark_seen, new_hits, save

HERE = "/api/v1/saved-searches/"


@pytest.fixture
def winch(case, make_document):
    return make_document(case, ["The winch failed in the storm."], name="old.txt")


def page_of(user):
    client = Client()
    client.force_login(user)
    return client


def new_in(saved, user):
    """Names of the documents that are new."""
    found = new_hits([saved], user)[saved.pk]
    return None if found is None else sorted(Document.objects.filter(pk__in=found).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("question", "mode"),
    [
        ("winch", "lexical"),
        ("winch", "hybrid"),
        ("winch AND fail*", "hybrid"),
        ("winch", "semantic"),
        ("name:txt", "lexical"),
    ],
)
def test_what_comes_in_later_is_new_until_it_is_opened(case, winch, alice, make_document, question, mode):
    saved = save(alice, "Winches", question, mode=mode, case=case)
    assert new_in(saved, alice) == []
    make_document(case, ["Another winch failed."], name="new.txt")
    assert new_in(saved, alice) == ["new.txt"]
    mark_seen(saved)
    assert new_in(saved, alice) == []
    assert [str(pk) for pk in saved.fresh] == [str(Document.objects.get(name="new.txt").pk)]


def test_what_comes_in_but_does_not_fit_is_not_new(case, winch, alice, make_document):
    exact = save(alice, "a", "winch w/3 fail*", mode="hybrid", case=case)
    words = save(alice, "b", "winch", mode="hybrid", case=case)
    make_document(case, ["The crane fell."], name="crane.txt")
    assert (new_in(exact, alice), new_in(words, alice)) == ([], [])


def test_a_document_that_is_read_again_and_was_seen_is_not_new(case, winch, alice):
    saved = save(alice, "Winches", "winch", mode="lexical", case=case)
    Document.objects.filter(pk=winch.pk).update(finished_at=None)
    assert new_in(saved, alice) == []
    # What other documents only lift into the list is not new either.
    SavedSearch.objects.filter(pk=saved.pk).update(seen=[], seen_at="2099-01-01T00:00:00Z")
    Document.objects.filter(pk=winch.pk).update(finished_at="2020-01-01T00:00:00Z")
    saved.refresh_from_db()
    assert new_in(saved, alice) == []


def test_a_copy_with_another_custodian_is_new_where_the_custodian_is_asked_for(case, winch, alice, put_in):
    saved = save(alice, "Diaz", "winch", mode="lexical", case=case, custodian="C. Diaz")
    assert new_in(saved, alice) == []
    put_in(case, f"{case.pk}old.txt".encode(), name="copy.txt", custodian="C. Diaz")
    assert new_in(saved, alice) == ["old.txt"]


def test_a_question_with_operators_counts_beyond_what_can_be_listed(case, alice, make_document, monkeypatch):
    saved = save(alice, "all", "winch*", mode="hybrid", case=case)
    for n in range(4):
        make_document(case, ["Winches were repaired."], name=f"{n}.txt")
    monkeypatch.setattr("search.retrieval.WINDOW", 2)
    assert len(new_in(saved, alice)) == 4


def test_access_that_is_lost_takes_the_search_and_its_count_away(case, other_case, winch, alice, make_document, api):
    here = save(alice, "here", "winch", mode="lexical", case=case)
    everywhere = save(alice, "everywhere", "winch", mode="lexical")
    make_document(case, ["Another winch."], name="new.txt")
    make_document(other_case, ["A winch of others."], name="theirs.txt")
    assert (new_in(here, alice), new_in(everywhere, alice)) == (["new.txt"], ["new.txt"])
    Membership.objects.filter(user=alice, case=case).delete()
    listed = api(alice).get(HERE).json()["results"]
    assert [(row["name"], row["new_hits"]) for row in listed] == [("everywhere", 0)]
    assert api(alice).get(f"{HERE}{here.pk}/").status_code == 404
    assert api(alice).post(f"/saved-searches/{here.pk}/open/").status_code == 404
    assert "here" not in api(alice).get("/saved-searches/").content.decode().partition("<h1>")[2].split("everywhere")[0]


def test_nobody_else_sees_them_not_even_in_the_same_case(case, winch, alice, bob, charlie, api):
    saved = save(alice, "Privileged idea", "winch", mode="lexical", case=case)
    for person in (bob, charlie):
        client = api(person)
        assert client.get(HERE).json()["results"] == []
        for method in ("get", "patch", "delete"):
            assert getattr(client, method)(f"{HERE}{saved.pk}/", {"name": "x"}, format="json").status_code == 404
        assert client.post(f"{HERE}{saved.pk}/seen/").status_code == 404
        for below in ("", "open/", "delete/"):
            assert page_of(person).post(f"/saved-searches/{saved.pk}/{below}", {"name": "x"}).status_code == 404
        for page in ("/", "/saved-searches/", f"/search/?q=winch&saved={saved.pk}"):
            assert "Privileged" not in client.get(page).content.decode()
    assert SavedSearch.objects.get().name == "Privileged idea"


def test_the_api_keeps_renames_counts_and_deletes(case, winch, alice, make_document, api):
    client = api(alice)
    body = client.post(HERE, {"name": "Winches", "q": "winch", "case": str(case.pk)}, format="json").json()
    assert (body["mode"], body["new_hits"], body["case"]) == ("hybrid", 0, str(case.pk))
    make_document(case, ["Another winch."], name="new.txt")
    one = f"{HERE}{body['id']}/"
    assert client.get(f"{HERE}?case={case.pk}").json()["results"][0]["new_hits"] == 1
    new = str(Document.objects.get(name="new.txt").pk)
    assert client.get(one).json()["new_documents"] == [new]
    assert client.patch(one, {"name": " Other \u202e name "}, format="json").json()["name"] == "Other name"
    assert client.post(f"{one}seen/").json()["new_hits"] == 0
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"name": "n", "q": ""}, 400, "invalid"),
        ({"name": "n", "q": "\u200b"}, 400, "query_empty"),
        ({"name": " \u202e ", "q": "winch"}, 400, "invalid"),
        ({"name": "n" * 201, "q": "winch"}, 400, "invalid"),
        ({"name": "n", "q": "x" * 10_001}, 400, "query_too_long"),
        ({"name": "n", "q": "winch", "mode": "psychic"}, 400, "invalid"),
        ({"name": "n\0", "q": "winch"}, 400, "invalid"),
        ({"name": "n", "q": "winch", "case": str(uuid4())}, 404, "not_found"),
        ({"name": "n", "q": "winch", "case": "' OR 1=1"}, 404, "not_found"),
    ],
)
def test_what_cannot_be_saved_is_refused(case, alice, api, asked, status, code):
    response = api(alice).post(HERE, asked, format="json")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not SavedSearch.objects.exists()


def test_only_so_many_are_kept(case, alice, api):
    SavedSearch.objects.bulk_create(SavedSearch(owner=alice, name=f"{n}", question="x") for n in range(MOST_SAVED))
    response = api(alice).post(HERE, {"name": "n", "q": "winch"}, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "too_many_saved")


def test_a_case_of_others_cannot_be_searched_by_a_saved_search(case, other_case, alice, api):
    asked = {"name": "n", "q": "winch", "mode": "lexical", "case": str(other_case.pk)}
    assert api(alice).post(HERE, asked, format="json").status_code == 404
    assert page_of(alice).post("/saved-searches/", asked).status_code == 404
    assert not SavedSearch.objects.exists()


def test_the_pages_save_show_open_and_delete(case, winch, alice, make_document):
    client = page_of(alice)
    asked = {"name": "<b>Winches</b>", "q": "winch", "mode": "lexical", "case": str(case.pk)}
    results = client.post("/saved-searches/", asked, follow=True).content.decode()
    assert "is saved" in results and "<b>Winches" not in results
    make_document(case, ["Another winch."], name="new.txt")
    for page in ("/", f"/cases/{case.pk}/", f"/cases/{case.pk}/search/", "/search/", "/saved-searches/"):
        body = client.get(page).content.decode()
        assert "1 new" in body and "&lt;b&gt;Winches" in body, page
    saved = SavedSearch.objects.get()
    # Looking at the list is not having looked at the results.
    opened = client.post(f"/saved-searches/{saved.pk}/open/", follow=True).content.decode()
    first, second = opened.split('class="search-result"')[1:]
    assert {("new.txt" in part, ">New<" in part) for part in (first, second)} == {(True, True), (False, False)}
    assert "nothing new" in client.get("/").content.decode()
    client.post(f"/saved-searches/{saved.pk}/", {"name": "Renamed"})
    assert "Renamed" in client.get("/saved-searches/").content.decode()
    assert client.post(f"/saved-searches/{saved.pk}/", {"name": "\u200b"}).status_code == 422
    client.post(f"/saved-searches/{saved.pk}/delete/")
    assert not SavedSearch.objects.exists()


def test_a_bad_form_says_what_is_wrong(case, alice):
    body = (
        page_of(alice).post("/saved-searches/", {"name": "", "q": "x", "mode": "lexical"}, follow=True).content.decode()
    )
    assert "was not saved" in body
    asked = {"name": "n", "q": "\u200b", "mode": "lexical"}
    assert "Type the words" in page_of(alice).post("/saved-searches/", asked, follow=True).content.decode()


def test_an_address_with_a_made_up_search_is_an_ordinary_search(case, winch, alice, api):
    for made_up in ("x", uuid4(), "%00"):
        assert api(alice).get(f"/search/?q=winch&saved={made_up}").status_code == 200


def test_nothing_is_searched_where_nothing_came_in(case, winch, alice, django_assert_num_queries):
    Document.objects.update(created_at="2020-01-01T00:00:00Z", finished_at="2020-01-01T00:00:00Z")
    searches = [save(alice, f"{n}", "winch", mode="hybrid", case=case) for n in range(20)]
    with django_assert_num_queries(2):
        assert set(map(len, new_hits(searches, alice).values())) == {0}


def test_when_the_time_is_up_the_rest_is_not_counted(case, winch, alice, api, monkeypatch):
    save(alice, "a", "winch", mode="lexical", case=case)
    monkeypatch.setattr(saved_module, "COUNTING_SECONDS", -1)
    assert api(alice).get(HERE).json()["results"][0]["new_hits"] is None
    assert "not counted yet" in api(alice).get("/").content.decode()
