"""Operators in the record: which documents they find, which passages are shown, what is marked."""

import pytest

from search.engine import search
from search.query import QueryError
from search.scope import scope_for

SUPPLY = [
    "SUPPLY AGREEMENT\n\nA material breach of this contract ends it. The supplier shall indemnify the buyer.\n\n"
    "Notice is given in writing. Notices sent by post count from their arrival.",
    "The contractor may assign the work. No breach was found by the auditor, who read every invoice, letter and "
    "ledger of the year before he wrote that the contract had been kept.",
]
LETTER = ["Dear Sir, your breach of duty is plain. We shall sue.\n\nThe agreement between us has ended."]
MEMO = ["Draft memo. Indemnification of the buyer is not owed. The contract is silent on it."]


@pytest.fixture
def record(case, make_document):
    return [
        make_document(case, SUPPLY, name="supply.txt", custodian="A. Brandt"),
        make_document(case, LETTER, name="letter.txt", custodian="C. Diaz"),
        make_document(case, MEMO, name="memo.txt", custodian="A. Brandt"),
    ]


def found(user, text, **how):
    return search(text, scope_for(user), **how)


def names(user, text, **how):
    return {p.document_name for p in found(user, text, **how).passages}


def pages(user, text):
    return {(p.document_name, p.page) for p in found(user, text).passages}


def marked(user, text):
    return {p.snippet.text[a:b].lower() for p in found(user, text).passages for a, b in p.snippet.highlights}


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("contract AND breach", {"supply.txt"}),
        ("contract OR breach", {"supply.txt", "letter.txt", "memo.txt"}),
        ("breach AND NOT contract", {"letter.txt"}),
        ("(contract AND breach) OR memo", {"supply.txt", "memo.txt"}),
        ("contract AND (breach OR silent)", {"supply.txt", "memo.txt"}),
        ("breach NOT (contract OR invoice)", {"letter.txt"}),
        ("breach w/5 contract", {"supply.txt"}),
        ("breach w/1 contract", set()),
        ("contract pre/5 breach", set()),
        ("breach pre/5 contract", {"supply.txt"}),
        ("(breach OR violation) w/4 (contract OR duty)", {"supply.txt", "letter.txt"}),
        ("breach NOT w/5 contract", {"supply.txt", "letter.txt"}),
        ("breach w/s contract", {"supply.txt"}),
        ("breach w/s sue", set()),
        ("breach w/p sue", {"letter.txt"}),
        ("breach w/p agreement", set()),
        ("“material breach” AND contract", {"supply.txt"}),
        ("“breach material” OR nothing", set()),
        ("indemnif*", {"supply.txt", "memo.txt"}),
        ("indemnif! AND buyer", {"supply.txt", "memo.txt"}),
        ("*demnify", {"supply.txt"}),
        ("ind*fy", {"supply.txt"}),
        ("contracto*", {"supply.txt"}),
        ("not?ce", {"supply.txt"}),
        ("custodian:Brandt AND breach", {"supply.txt"}),
        ("custodian:diaz OR silent", {"letter.txt", "memo.txt"}),
        ("breach AND NOT custodian:diaz", {"supply.txt"}),
    ],
)
def test_operators_find_exactly_these_documents(record, alice, question, documents):
    for mode in ("hybrid", "lexical"):
        assert names(alice, question, mode=mode) == documents


def test_words_far_apart_on_a_page_are_not_near(record, alice):
    assert pages(alice, "breach w/5 contract") == {("supply.txt", 1)}
    assert ("supply.txt", 2) in pages(alice, "breach w/30 contract")


def test_both_words_are_marked_where_they_are_near_and_nowhere_else(record, alice):
    assert marked(alice, "breach w/5 contract") == {"breach", "contract"}
    assert marked(alice, "buyer w/3 indemnif*") == {"indemnify", "buyer", "indemnification"}


def test_a_wildcard_marks_whole_words_and_says_what_it_stands_for(record, alice):
    result = found(alice, "indemnif*")
    assert marked(alice, "indemnif*") == {"indemnify", "indemnification"}
    assert any("stands for indemnify, indemnification" in note for note in result.notes)


def test_a_wildcard_finds_no_word_that_only_shares_the_stem(record, alice):
    assert marked(alice, "notices*") == {"notices"}
    assert pages(alice, "contracto*") == {("supply.txt", 2)}


def test_passages_with_more_of_what_was_asked_for_come_first(record, alice):
    result = found(alice, "contract AND breach")
    assert result.passages[0].why == "all words"
    assert [p.score for p in result.passages] == sorted((p.score for p in result.passages), reverse=True)


def test_words_near_each_other_over_a_chunk_border_are_found(case, alice, make_document):
    long = " ".join(f"item{n}" for n in range(150))
    page = f"{long} the anchor\n\nSCHEDULE OF PARTS\n\nWinch and cable. {long}"
    make_document(case, [page], name="list.txt")
    result = found(alice, "anchor w/5 winch")
    assert result.total == 2
    assert marked(alice, "anchor w/5 winch") == {"anchor", "winch"}


def test_a_word_cut_at_a_lines_end_counts_as_one(case, alice, make_document):
    make_document(case, ["The seller shall indem-\nnify and hold harm-\nless the buyer."], name="cut.txt")
    result = found(alice, "indemnif* w/3 harmless")
    snippet = result.passages[0].snippet
    assert {snippet.text[a:b] for a, b in snippet.highlights} == {"indem-\nnify", "harm-\nless"}
    assert found(alice, "indemnif* w/2 harmless").total == 0


def test_excluded_words_take_the_whole_document_away(record, alice):
    # “invoice” stands on the second page; the buyer is indemnified on the first.
    assert "supply.txt" in names(alice, "indemnify buyer")
    assert "supply.txt" not in names(alice, "indemnify buyer -invoice")
    assert "supply.txt" not in names(alice, 'breach -"every invoice"')
    assert "supply.txt" in names(alice, 'breach -"invoice every"')


def test_facets_and_totals_are_those_of_the_documents_found(record, alice):
    result = found(alice, "contract AND breach")
    assert [(v.label, v.count) for v in result.facets["custodian"]] == [("A. Brandt", 1)]
    assert result.total == len(result.passages)
    assert "1 document fulfils the question." in result.notes


def test_meaning_respects_the_operators(record, alice):
    assert names(alice, "breach AND NOT contract", mode="semantic") == {"letter.txt"}


def test_common_words_are_left_out_and_said(record, alice):
    result = found(alice, "the AND breach")
    assert {p.document_name for p in result.passages} == {"supply.txt", "letter.txt"}
    assert any("“the” is too common" in note for note in result.notes)


def test_a_common_word_counts_beside_another(record, alice):
    assert names(alice, "indemnify pre/1 the") == {"supply.txt"}


def test_a_wildcard_that_fits_everything_is_refused(record, alice, monkeypatch):
    monkeypatch.setattr("search.vocabulary.MOST_WORDS", 3)
    with pytest.raises(QueryError) as refused:
        found(alice, "*er* AND contract")
    assert refused.value.code == "wildcard_too_wide"


def test_too_many_pages_are_said(record, alice, monkeypatch):
    monkeypatch.setattr("search.page_matches.MOST_PAGES", 1)
    assert any("not all were compared" in note for note in found(alice, "breach w/30 contract").notes)


def test_an_outsider_finds_nothing_with_any_operator(record, charlie):
    for question in (
        "contract AND breach",
        "breach w/5 contract",
        "indem*",
        "NOT (x OR y)",
        "custodian:Brandt",
        "-zzz a",
    ):
        result = found(charlie, question)
        assert (result.total, result.passages) == (0, ())
        assert not any("stands for" in note or "did you mean" in note for note in result.notes)


def test_another_cases_documents_neither_match_nor_take_anything_away(record, alice, other_case, make_document):
    make_document(other_case, ["A material breach of this contract, said the canary."], name="canary.txt")
    for question in ("breach w/5 contract", "canar*", "canary OR breach", "custodian:x OR breach", "name:canary"):
        assert "canary.txt" not in names(alice, question)
    assert not any("canary" in note for note in found(alice, "canarx*").notes)


def test_a_star_apart_from_its_word_is_no_error_and_finds_the_word(case, alice, make_document):
    make_document(case, ["The firm invented it in May."], name="invented.txt")
    make_document(case, ["It was never sold."], name="sold.txt")
    for question in ("invented.*", "firm AND invented.*", "*.invented"):
        result = search(question, scope_for(alice), mode="lexical")
        assert [p.document_name for p in result.passages] == ["invented.txt"], question
