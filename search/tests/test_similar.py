"""Find similar: what is nearest to a document or a passage, of its own case only."""

import pytest

from documents.models import Chunk, ChunkEmbedding
from search.similar import alike, runs

LEASE = "The lease of berth seven ends on the first of March and rent is due until the crane has been removed."


@pytest.fixture
def lease(case, make_document):
    return make_document(case, [LEASE, "The anchor winch was greased by the crew."], name="lease.txt")


@pytest.fixture
def others(case, lease, make_document):
    """A draft that differs by a word, a letter about the same, and something else."""
    return [
        make_document(
            case, [LEASE.replace("March", "April"), "The anchor winch was greased by the crew."], "draft.txt"
        ),
        make_document(case, ["Rent of the berth is due; the lease ends when the crane is removed."], "letter.txt"),
        make_document(case, ["Invoice for forty pounds of marzipan, paid in cash."], "invoice.txt"),
    ]


def ask(api, user, document, status=200, **asked):
    response = api(user).get(f"/api/v1/documents/{document.pk}/similar/", asked)
    assert response.status_code == status
    return response.json()


def test_the_nearest_documents_come_first_and_drafts_are_told_from_what_is_about_the_same(lease, others, bob, api):
    body = ask(api, bob, lease)
    assert [row["document_name"] for row in body["results"]] == ["draft.txt", "letter.txt", "invoice.txt"]
    assert [row["near_duplicate"] for row in body["results"]] == [True, False, False]
    similarities = [row["similarity"] for row in body["results"]]
    assert similarities == sorted(similarities, reverse=True) and similarities[0] > 0.95
    assert (body["of"], body["problem"], body["without_vectors"]) == (None, "", 0)


def test_a_passage_finds_passages_and_says_where_they_begin(lease, others, bob, api):
    body = ask(api, bob, lease, page=2, char=5)
    first = body["results"][0]
    assert "winch" in body["of"]["text"] and "winch" in first["text"]
    assert (first["document_name"], first["page"], first["shared"]) == ("draft.txt", 2, 1.0)
    # Its own passage is not among them, the document's other one is.
    assert str(lease.pk) in {row["document"] for row in body["results"]}
    assert (body["of"]["page"], body["of"]["char"]) not in {
        (row["page"], row["char"]) for row in body["results"] if row["document"] == str(lease.pk)
    }


def test_similarities_are_those_of_the_vectors(lease, others, bob, api):
    import numpy as np

    def middle(document):
        return np.mean(ChunkEmbedding.objects.filter(document=document).values_list("embedding", flat=True), axis=0)

    own = middle(lease)
    by_name = {row["document_name"]: row["similarity"] for row in ask(api, bob, lease)["results"]}
    for other in others:
        vector = middle(other)
        cosine = own @ vector / np.linalg.norm(own) / np.linalg.norm(vector)
        assert by_name[other.name] == pytest.approx(cosine, abs=0.002)


def test_another_cases_documents_are_never_similar(lease, bob, dana, other_case, make_document, api):
    theirs = make_document(other_case, [LEASE, "The anchor winch was greased by the crew."], name="copy.txt")
    assert ask(api, bob, lease)["results"] == []
    assert {row["document"] for row in ask(api, bob, lease, page=1)["results"]} == {str(lease.pk)}
    assert ask(api, dana, theirs)["results"] == []


def test_an_outsider_learns_nothing(lease, others, charlie, dana, api):
    for person in (charlie, dana):
        ask(api, person, lease, status=404)
        assert api(person).get(f"/documents/{lease.pk}/similar/?page=1").status_code == 404


def test_a_duplicate_is_compared_by_what_its_original_says(case, lease, others, bob, put_in, api):
    copy = put_in(case, f"{case.pk}lease.txt".encode(), name="copy.txt")
    assert copy.duplicate_of_id == lease.pk
    assert ask(api, bob, copy)["results"] == ask(api, bob, lease)["results"]


def test_what_has_no_vectors_yet_is_said(case, lease, others, bob, api):
    ChunkEmbedding.objects.filter(document=others[0]).delete()
    assert ask(api, bob, lease)["without_vectors"] == 1
    body = ask(api, bob, others[0])
    assert body["results"] == [] and "not indexed yet" in body["problem"]


def test_a_place_without_a_passage_is_said(lease, bob, api):
    assert "no passage" in ask(api, bob, lease, page=99)["problem"]
    Chunk.objects.filter(document=lease).delete()
    assert "no passage" in ask(api, bob, lease, page=1)["problem"]


@pytest.mark.parametrize("asked", [{"page": "0"}, {"page": "x"}, {"page": 2**31}, {"char": "-1"}, {"limit": "51"}])
def test_what_makes_no_sense_is_refused(lease, bob, api, asked):
    assert ask(api, bob, lease, status=400, **asked)["code"] == "invalid"
    assert api(bob).get(f"/documents/{lease.pk}/similar/", asked).status_code == 200


def test_the_page_shows_them_and_escapes_what_documents_say(case, lease, others, bob, make_document, api):
    make_document(case, [f"<script>alert(1)</script> {LEASE}"], name="<b>bad</b>.txt")
    body = api(bob).get(f"/documents/{lease.pk}/similar/").content.decode()
    assert "Near-duplicate" in body and "draft.txt" in body and f"/documents/{others[0].pk}/pages/1/" in body
    assert "<script>alert(1)" not in body and "<b>bad" not in body
    assert "greased by the crew" in api(bob).get(f"/documents/{lease.pk}/similar/?page=2").content.decode()


def test_a_document_and_a_search_result_lead_there(lease, bob, api):
    assert f"/documents/{lease.pk}/similar/" in api(bob).get(f"/documents/{lease.pk}/").content.decode()
    found = api(bob).get("/search/?q=winch&mode=lexical").content.decode()
    assert f"/documents/{lease.pk}/similar/?page=2&amp;char=0" in found


def test_shared_runs_are_symmetric_and_bounded():
    a, b = runs("one two three four"), runs("one two three five")
    assert alike(a, b) == alike(b, a) == pytest.approx(0.33)
    assert alike(a, a) == 1 and alike(a, frozenset()) == 0
    assert runs("Two words") == {"two words"} and runs("...") == frozenset()
