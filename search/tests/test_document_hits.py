"""Search within a document: hits by page."""

import pytest

from search.document_hits import AROUND, MOST_SNIPPETS, hits_by_page, snippets
from search.query import QueryError


@pytest.fixture
def lease(case, make_document):
    pages = ["Rent is due monthly. Late rent bears interest.", "Nothing of that here.", "", "The rent was paid."]
    return make_document(case, pages, name="lease.txt")


def test_hits_are_listed_by_page_with_their_number_and_surroundings(lease):
    found = hits_by_page(lease, "rent")
    assert (found.total, found.pages, found.counted_all, found.next_after) == (3, 2, True, None)
    assert [(page.number, page.hits) for page in found.shown] == [(1, 2), (4, 1)]
    snippet = found.shown[1].snippets[0]
    assert snippet.text == "The rent was paid."
    assert [snippet.text[a:b] for a, b in snippet.highlights] == ["rent"]


@pytest.mark.parametrize(
    ("question", "pages"),
    [
        ("“late rent”", [1]),
        ("rent w/3 paid", [4]),
        ("rent AND paid", [1, 4]),
        ("inter*", [1]),
        ("zeppelin", []),
        ("rent page:4", [4]),
        ("custodian:x", []),
    ],
)
def test_the_query_language_works_within_a_document(lease, question, pages):
    assert [page.number for page in hits_by_page(lease, question).shown] == pages


def test_a_long_list_goes_on_after_a_page_without_gap(case, make_document):
    document = make_document(case, [f"Voucher {n}: voucher paid." for n in range(25)], name="vouchers.txt")
    seen, after = [], 0
    while True:
        found = hits_by_page(document, "voucher", after=after, limit=7)
        assert (found.total, found.pages) == (50, 25)
        seen += [page.number for page in found.shown]
        if found.next_after is None:
            break
        after = found.next_after
    assert seen == list(range(1, 26))


def test_counting_that_takes_too_long_stops_and_says_so(case, make_document, monkeypatch):
    document = make_document(case, [f"Voucher {n}." for n in range(9)], name="vouchers.txt")
    monkeypatch.setattr("search.document_hits.Patience.is_over", lambda self: True)
    found = hits_by_page(document, "voucher", limit=3)
    assert (found.total, found.counted_all, len(found.shown)) == (3, False, 3)


def test_a_duplicate_shows_the_hits_of_its_original_under_its_own_address(lease, case, put_in, alice, api):
    copy = put_in(case, f"{case.pk}lease.txt".encode(), name="copy.txt")
    body = api(alice).get(f"/api/v1/documents/{copy.pk}/hits/", {"q": "rent"}).json()
    assert body["total"] == 3 and all(str(copy.pk) in page["url"] for page in body["results"])


def test_snippets_show_each_marked_word_once_and_no_more_than_a_few():
    text = " ".join(f"word{n} hit" for n in range(1000))
    spans = [(at, at + 3) for at in range(len(text)) if text.startswith("hit", at)]
    made = snippets(text, spans)
    assert len(made) == MOST_SNIPPETS
    assert all(s.text[a:b] == "hit" for s in made for a, b in s.highlights)
    assert sum(len(s.highlights) for s in made) == len({text.index(s.text) + a for s in made for a, _ in s.highlights})
    assert max(len(s.text) for s in made) <= 400 + 2 * AROUND


def test_a_text_without_blanks_is_cut_all_the_same():
    (made,) = snippets("x" * 5000, [(2000, 2003)])
    assert len(made.text) == 2 * AROUND + 3 and made.highlights == ((AROUND, AROUND + 3),)


def test_the_api_lists_the_pages_and_leads_on(case, make_document, alice, api):
    document = make_document(case, [f"Voucher {n}." for n in range(5)], name="vouchers.txt")
    client, path = api(alice), f"/api/v1/documents/{document.pk}/hits/"
    body = client.get(path, {"q": "voucher", "limit": 2}).json()
    assert [page["page"] for page in body["results"]] == [1, 2]
    assert (body["total"], body["total_is_exact"], body["pages"]) == (5, True, 5)
    assert [page["page"] for page in client.get(body["next"]).json()["results"]] == [3, 4]
    assert client.get(body["results"][0]["url"]).status_code == 200


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"q": ""}, "query_empty"), ({"q": "x" * 10_001}, "query_too_long"), ({"q": "x", "after": "9" * 5000}, "invalid")],
)
def test_what_cannot_be_searched_is_refused_with_a_code(lease, alice, api, asked, code):
    response = api(alice).get(f"/api/v1/documents/{lease.pk}/hits/", asked)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_the_page_lists_the_hits_and_leads_to_the_viewer(lease, alice, api):
    client = api(alice)
    page = client.get(f"/documents/{lease.pk}/search/?q=rent").content.decode()
    assert "3 hits across 2 pages." in page and page.count("<mark>") == 3
    assert f"/documents/{lease.pk}/pages/4/?q=rent" in page
    viewer = client.get(f"/documents/{lease.pk}/pages/4/?q=rent").content.decode()
    assert f"/documents/{lease.pk}/search/?q=rent" in viewer
    for nonsense in ("after=x", "after=" + "9" * 5000, "after=-1"):
        assert client.get(f"/documents/{lease.pk}/search/?q=rent&{nonsense}").status_code == 200
    assert "occur on no page" in client.get(f"/documents/{lease.pk}/search/?q=zeppelin").content.decode()
    assert client.get(f"/documents/{lease.pk}/search/", {"q": "x" * 10_001}).status_code == 400


def test_an_outsider_gets_nothing(lease, charlie, api):
    assert api(charlie).get(f"/documents/{lease.pk}/search/?q=rent").status_code == 404
    assert api(charlie).get(f"/api/v1/documents/{lease.pk}/hits/?q=rent").status_code == 404


def test_a_question_of_nothing_is_refused(lease):
    with pytest.raises(QueryError):
        hits_by_page(lease, " ")
