"""A case that one may not see has no influence whatever: every answer is, to the letter, what it was before that case
came into being. All lanes, modes, facets, counts, scores, suggestions, wildcards, concepts, notes, faults, coverage."""

import json
import re

import pytest

from cases.models import Case, Membership, Role
from documents.models import Document, Page, VocabularyWord
from search import scope_size

# Stand in the other case and nowhere else; as are words like them, and questions that lead there.
CANARIES = ["canarybird", "zeppelinic", "quaggaform", "obsidianite", "kumquatery"]
MINE = [
    "The vessel Meridian sailed at dawn. Notice of termination was given by the charterer under the agreement.",
    "The winch failed in the storm.\n\nThe charterer shall indemnify the owner against all claims and losses.",
]
THEIRS = [
    "The vessel canarybird sailed at dawn. Notice of termination was given to the zeppelinic charterer.",
    "The winch of the quaggaform failed; indemnfy, terminaton and vesel are words here.",
    "Governed by the laws of obsidianite. Either party may terminate without cause upon thirty days notice.",
]
QUESTIONS = [
    "vessel",
    "vessel dawn charterer",
    "Who gave notice of termination, and when may it be ended without cause?",
    "“notice of termination”",
    "“sailed at dawn” “the charterer”",
    "“vessel canarybird sailed”",
    "canarybird",
    "canarybrid zeppelinik quagaform",
    "Under the canarybird agreement, who shall indemnify the owner?",
    "In kumquatery.pdf, what failed in the storm?",
    "the vesel canarybird sailed at dwan and was",
    "The charterer shal indemnfy the owner against all",
    "indemnfy terminaton vesel",
    "canary* OR vessel",
    "*arybird",
    "quag?aform OR winch",
    "zepp* AND obsid*",
    "winch w/3 quaggaform",
    "vessel w/s dawn",
    "vessel w/p zeppelinic",
    "vessel NOT w/2 canarybird",
    "vessel AND NOT canarybird",
    "NOT (canarybird OR quaggaform)",
    "-canarybird vessel",
    "custodian:kumquatery",
    "custodian:kumquatery OR winch",
    "name:kumquatery",
    "NOT name:kumquatery",
    "case:northwind",
    "case:24-bk OR vessel",
    "type:obsidianite/x",
    "type:email",
    "date:2019",
    "vessel date:2019..",
    "status:failed",
    "page:3",
    "vessel page:2-9",
    "governing law obsidianite",
    "xyzzy",
    "the of and",
    "ve*",
    "*e*",
]
WAYS = [{"mode": "lexical"}, {"mode": "semantic"}, {"group": "document"}]


@pytest.fixture
def mine(case, make_document):
    return make_document(case, MINE, name="log.txt", custodian="K. Holm")


def the_other_case(case, make_document):
    case.name, case.court, case.description = "In re Northwind canarybird", "Court of kumquatery", "obsidianite"
    case.save()
    made = make_document(case, THEIRS, name="kumquatery.pdf", custodian="Kumquatery & Co", source="quaggaform")
    Document.objects.filter(pk=made.pk).update(media_type="obsidianite/x", meta={"date": "2019-05-05"})
    broken = make_document(case, ["canarybird", "torn"], name="zeppelinic.eml", custodian="K. Holm")
    Page.objects.filter(document=broken, number=2).update(state="unreadable", reason="corrupt", text="", chars=0)
    Document.objects.filter(pk=broken.pk).update(status="failed", error_code="corrupt", media_type="message/rfc822")
    many = "vessel " + " ".join(f"ve{n:03}x{n:03}e{n:03}" for n in range(300))
    make_document(case, [many] * 3, name="many.txt")


def answers(client, mine):
    """What is answered to each question: in words and meaning, in one of the other ways, and on one of the pages;
    without what differs from one request to the next."""
    pages = [
        "/search/",
        f"/cases/{mine.case_id}/search/",
        f"/documents/{mine.pk}/search/",
        f"/documents/{mine.pk}/pages/1/",
        f"/api/v1/documents/{mine.pk}/hits/",
        f"/api/v1/documents/{mine.pk}/pages/2/highlights/",
    ]
    found = {}
    for number, question in enumerate(QUESTIONS):
        for way in ({}, WAYS[number % len(WAYS)]):
            body = client.get("/api/v1/search/", {"q": question, "limit": 100, **way}).json()
            found[question, str(way)] = json.dumps(body)
        path = pages[number % len(pages)]
        text = client.get(path, {"q": question}).content.decode()
        found[question, path] = re.sub(r'csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"|data-at="\d+"', "", text)
    return found


def told_beyond(text, question):
    """The canaries of an answer that were not in the question itself."""
    said = text.lower()
    return [word for word in CANARIES if word in said and word not in question.lower()]


def test_no_answer_is_any_different_for_a_case_one_may_not_see(
    mine, alice, other_case, api, make_document, monkeypatch
):
    # So that their vocabulary would make wildcards too wide, and their size would be remembered, if they counted.
    monkeypatch.setattr("search.vocabulary.MOST_WORDS", 100)
    monkeypatch.setattr("search.vocabulary.MOST_BEGINNINGS", 100)
    monkeypatch.setattr(scope_size, "LARGE", 10**9)
    client = api(alice)
    before = answers(client, mine)
    the_other_case(other_case, make_document)
    assert VocabularyWord.objects.filter(case=other_case, word__startswith="ve").count() > 100
    after = answers(client, mine)
    assert [key for key in before if before[key] != after[key]] == []
    assert [key for key, text in after.items() if told_beyond(text, key[0])] == []


def test_the_canaries_would_be_seen_by_whoever_may_see_them(mine, alice, other_case, api, make_document):
    """Or the test above would prove nothing."""
    the_other_case(other_case, make_document)
    Membership.objects.create(case=other_case, user=alice, role=Role.VIEWER)
    client, told = api(alice), set()
    for question in QUESTIONS:
        text = client.get("/api/v1/search/", {"q": question, "limit": 100}).content.decode()
        told |= set(told_beyond(text, question))
    assert told == set(CANARIES)


def test_a_cursor_or_a_case_of_somebody_else_opens_nothing(mine, alice, dana, other_case, api, make_document):
    the_other_case(other_case, make_document)
    theirs = api(dana).get("/api/v1/search/", {"q": "vessel", "limit": 1}).json()["next"]
    assert theirs
    refused = api(alice).get(theirs)
    assert refused.status_code == 400 and told_beyond(refused.content.decode(), "") == []
    hidden, missing = (
        api(alice).get("/api/v1/search/", {"q": "vessel", "case": pk})
        for pk in (other_case.pk, "00000000-0000-4000-8000-000000000000")
    )
    assert hidden.status_code == missing.status_code == 404 and hidden.json() == missing.json()
    assert Case.objects.filter(pk=other_case.pk).exists()
