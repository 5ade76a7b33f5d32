"""A quoted phrase that begins in one chunk and ends in the next does occur."""

import pytest

from documents.models import Chunk
from search.engine import search
from search.retrieval import NO_EXACT
from search.scope import scope_for

FILLER = "The parties kept their books in the usual way and exchanged them at the end of every quarter"
LETTER = (
    f"{' '.join([FILLER] * 5)} until the winch was delivered late. Nobody said so to the harbour master, and {FILLER}."
)
# One sentence that is longer than a chunk.
ENDLESS = " ".join(f"item {n} of the bollard schedule," for n in range(120)) + " and so on."


@pytest.fixture
def letter(case, put_in, work_off, fake_embedder):
    document = put_in(case, f"{LETTER}\n\n{ENDLESS}".encode(), name="letter.txt")
    work_off()
    return document


def chunks():
    return list(Chunk.objects.order_by("ordinal").values_list("pk", "body"))


def told(question, user, **options):
    return search(question, scope_for(user), mode="lexical", **options)


@pytest.mark.parametrize(
    "phrase",
    [
        "delivered late nobody said so to the harbour master",
        "winch was delivered late. Nobody said",
        "late nobody",
        "delivered late nobody",
        "late nobody said so to the harbour master and the parties kept their books",
    ],
)
def test_two_sentences_in_two_chunks(letter, bob, phrase):
    cut = next(n for n, (_, body) in enumerate(chunks()) if body.endswith("delivered late."))
    assert chunks()[cut + 1][1].startswith("Nobody said so")
    found = told(f"“{phrase}”", bob)
    (passage,) = found.passages
    assert passage.snippet.text == f"{chunks()[cut][1]} {chunks()[cut + 1][1]}"
    assert passage.why == "exact"
    marked = passage.snippet.text[passage.snippet.highlights[0][0] : passage.snippet.highlights[-1][1]]
    assert marked.lower().replace(".", "").replace(",", "") == phrase.lower().replace(".", "")
    assert NO_EXACT not in found.notes


def test_any_cut_inside_a_sentence_that_is_too_long(letter, bob):
    bodies = [body for _, body in chunks()]
    cuts = [n for n in range(len(bodies) - 1) if "bollard" in bodies[n] and "bollard" in bodies[n + 1]]
    assert len(cuts) > 3
    for n in cuts:
        phrase = f"{' '.join(bodies[n].split()[-4:])} {' '.join(bodies[n + 1].split()[:4])}"
        found = told(f"“{phrase}”", bob)
        assert any(
            p.snippet.text.startswith(bodies[n]) and p.snippet.text.endswith(bodies[n + 1]) for p in found.passages
        ), phrase
        assert NO_EXACT not in found.notes


def test_what_only_stands_near_each_other_is_not_found(letter, bob):
    for phrase in ("delivered late said so", "nobody said so winch was delivered late", "late nobody harbour"):
        assert NO_EXACT in told(f"“{phrase}”", bob).notes


def test_a_phrase_inside_a_chunk_is_found_there_alone(letter, bob):
    found = told("“nobody said so to the harbour master”", bob)
    assert [p.snippet.text[:14] for p in found.passages] == ["Nobody said so"]


def test_ends_of_different_documents_make_no_phrase(case, put_in, work_off, fake_embedder, bob):
    put_in(case, b"The winch was delivered late.", name="a.txt")
    put_in(case, b"Nobody said so.", name="b.txt")
    work_off()
    assert NO_EXACT in told("“delivered late nobody said so”", bob).notes


def test_outsiders_find_no_half_of_it(letter, charlie, dana, other_case):
    for person in (charlie, dana):
        found = told("“delivered late nobody said so”", person)
        assert (found.total, found.passages) == (0, ())
