"""Whatever is asked: an answer or a named fault, soon, on every surface that takes a question.

500 generated questions in the suite; LEXINTEL_TEST_QUERIES=10000, with -o faulthandler_timeout=0, for more.
LEXINTEL_TEST_NAUGHTY names a folder with further lists of strings (*.json, an array of texts), such as the Big List of
Naughty Strings.
"""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from search.tests.naughty import NAUGHTY

QUERIES = int(os.environ.get("LEXINTEL_TEST_QUERIES", "500"))
FOLDER = os.environ.get("LEXINTEL_TEST_NAUGHTY", "")
MOST_SECONDS = 2.0
PAGES = [
    "The winch failed in the storm; the rope held. Notice of termination was given under the contract.",
    "Winches and ropes are to be inspected monthly.\n\nThe contractor shall indemnify the harbour office.",
]
# Besides the API of search itself.
SURFACES = [
    "/api/v1/documents/{document}/hits/",
    "/search/",
    "/cases/{case}/search/",
    "/documents/{document}/search/",
    "/api/v1/documents/{document}/pages/1/highlights/",
    "/documents/{document}/pages/2/",
]
HOW = [{}, {"mode": "lexical"}, {"mode": "semantic"}, {"group": "document"}]


@pytest.fixture
def asked(case, alice, api, make_document):
    """Ask at an address: the status; a fault is named, and nothing takes longer than anybody waits."""
    document = make_document(case, PAGES, name="winch.txt", custodian="A. Brandt")
    client = api(alice)

    def ask(surface: str, question: str, **how: str) -> int:
        address = surface.format(case=case.pk, document=document.pk)
        # Twice if need be: the second time nobody else has the machine.
        for last in (False, True):
            began = time.perf_counter()
            response = client.get(address, {"q": question, **how})
            if time.perf_counter() - began < MOST_SECONDS:
                break
            assert not last, (address, question[:200], "too slow")
        assert response.status_code in (200, 400), (address, question[:200], response.status_code)
        if surface.startswith("/api/"):
            body = response.json()
            if response.status_code == 400:
                assert body["code"] and body["detail"].endswith((".", "”.")), body
            elif "terms" in body and not body["total"]:
                # Nothing is never found without a reason.
                assert body["notes"] or body["terms"], (question[:200], body)
        elif response.status_code == 400:
            assert 'role="alert"' in response.content.decode()
        return response.status_code

    return ask


def without_surrogates(text: str) -> str:
    """As it can travel in an address."""
    return text.encode("utf-8", "replace").decode()


def ask_everywhere(asked, texts):
    """Every text of the API, each in one way, and each at one of the other surfaces."""
    for number, text in enumerate(map(without_surrogates, texts)):
        how = HOW[number % len(HOW)]
        asked("/api/v1/search/", text, **how)
        asked(SURFACES[number % len(SURFACES)], text, **how)


def test_naughty_strings_are_answered_or_refused_with_a_name(asked):
    ask_everywhere(asked, NAUGHTY)


@pytest.mark.skipif(not FOLDER, reason="LEXINTEL_TEST_NAUGHTY names no folder")
def test_other_peoples_naughty_strings_as_well(asked):
    lists = [json.loads(path.read_text()) for path in sorted(Path(FOLDER).glob("*.json"))]
    texts = [text for one in lists if isinstance(one, list) for text in one if isinstance(text, str)]
    assert len(texts) > 100
    ask_everywhere(asked, texts)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("", "query_empty"),
        ("\0\u202e\u200b", "query_empty"),
        ("x" * 10_001, "query_too_long"),
        ("é" * 5_001, "query_too_long"),
        ("a " * 5_000, "query_too_many_terms"),
        ("winch " * 201, "query_too_many_terms"),
        ("winch AND " * 200 + "rope", "query_too_many_terms"),
        ("(" * 41 + "winch OR rope", "query_too_deep"),
        (
            f"({' AND '.join(f'a{n}' for n in range(30))}) w/3 ({' AND '.join(f'b{n}' for n in range(30))})",
            "query_too_complex",
        ),
    ],
)
def test_what_is_too_much_is_refused_by_its_name(alice, api, case, question, code):
    response = api(alice).get("/api/v1/search/", {"q": question})
    assert (response.status_code, response.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("question", "total", "note"),
    [
        ("“winch failed", 2, "no partner"),
        ("(winch AND rope", 2, "no partner"),
        ("winch AND rope)", 2, "no partner"),
        ("of the", 0, "too common"),
        ("the AND of", 0, "too common"),
        ("- - -", 0, "no word to look for"),
        ("winch AND ()", 2, ""),
        ("winch\0\u202e", 2, ""),
    ],
)
def test_what_cannot_be_meant_is_said_and_the_rest_is_answered(case, make_document, alice, api, question, total, note):
    make_document(case, PAGES)
    body = api(alice).get("/api/v1/search/", {"q": question, "mode": "lexical"}).json()
    said = [*body["notes"], *("too common" for term in body["terms"] if term["common"])]
    assert body["total"] == total and (not note or any(note in one for one in said)), body


WORDS = st.sampled_from(
    ["winch", "ropes", "contract", "the", "24-cv-01234", "a", "", "é", "日本", "A. Brandt", "x" * 300, "winch's", "\0"]
)
ODD = st.sampled_from(
    ["AND", "OR", "NOT", "w/5", "pre/3", "w/s", "w/p", "NOT w/2", "/", "-", "(", ")", '"', "“", "”", "*", "?"]
)
FIELDS = st.tuples(
    st.sampled_from(["name", "custodian", "type", "date", "status", "page", "case", "nofield"]),
    st.sampled_from(["pdf", "2021", "3", ">2021-01", "..", "3-", "ready", "A", '"A. Brandt"', "*", "%", "(", ""]),
).map(":".join)
PATTERNS = st.text("wincho*?-'", max_size=8)
PIECES = st.one_of(WORDS, ODD, ODD, FIELDS, PATTERNS, st.sampled_from(NAUGHTY[:200]), st.text(max_size=12))
QUESTIONS = st.lists(st.tuples(PIECES, st.sampled_from([" ", " ", " ", ""])), max_size=25).map(
    lambda pieces: without_surrogates("".join(piece + gap for piece, gap in pieces))
)


@settings(
    max_examples=QUERIES,
    deadline=None,
    # The suite asks the same questions each time; who asks for more gets others.
    derandomize="LEXINTEL_TEST_QUERIES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(question=QUESTIONS, how=st.sampled_from(HOW))
@example(question="“", how={})
def test_generated_questions_are_answered_or_refused_with_a_name(asked, question, how):
    asked("/api/v1/search/", question, **how)
