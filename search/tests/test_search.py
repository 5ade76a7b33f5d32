"""Search as people use it: what is found, in which order, what is marked, and what is said about the rest."""

import pytest

from search.engine import search
from search.query import QueryError
from search.scope import Scope, scope_for

LEASE = [
    "LEASE OF BERTH SEVEN\n\nThis lease is made between Harlow Marine and the harbour office.",
    "Either party may give notice of termination in writing. The notice period is ninety days.",
    "Rent is due on the first of each month. Late rent bears interest at eight percent.",
]
LETTER = ["Dear Ms Harlow, the invoice for the crane repair remains unpaid. Please remit without delay."]


@pytest.fixture
def record(case, make_document):
    return make_document(case, LEASE, name="lease.txt"), make_document(case, LETTER, name="letter.txt")


def found(user, text, **how):
    return search(text, scope_for(user), **how)


def test_a_word_finds_its_page_and_is_marked(record, alice):
    result = found(alice, "crane")
    first = result.passages[0]
    assert (first.document_name, first.page) == ("letter.txt", 1)
    assert [first.snippet.text[a:b] for a, b in first.snippet.highlights] == ["crane"]


def test_other_endings_of_a_word_are_found(record, alice):
    assert found(alice, "terminated", mode="lexical").passages[0].page == 2


def test_a_quoted_phrase_finds_only_passages_that_hold_it(record, alice):
    result = found(alice, "“notice of termination”")
    assert [(p.document_name, p.page, p.why) for p in result.passages] == [("lease.txt", 2, "exact")]
    marked = result.passages[0].snippet
    assert [marked.text[a:b] for a, b in marked.highlights] == ["notice of termination"]


def test_a_phrase_that_does_not_occur_says_so_and_shows_what_comes_nearest(record, alice):
    result = found(alice, "“notice of assignment”")
    assert result.passages
    assert any("do not occur" in note for note in result.notes)


def test_an_excluded_word_keeps_its_passages_out_of_every_lane(record, alice):
    result = found(alice, "notice rent invoice -crane")
    assert result.passages
    assert "letter.txt" not in {p.document_name for p in result.passages}


def test_a_question_in_words_is_never_empty_because_one_word_is_missing(record, alice):
    result = found(alice, "How many days before the end must notice be given by the lessor?", mode="lexical")
    assert result.passages[0].page == 2


def test_a_zero_hit_tells_which_words_occur(record, alice):
    result = found(alice, "zeppelin", mode="lexical")
    assert result.total == 0
    assert [(t.term, t.documents) for t in result.terms] == [("zeppelin", 0)]


def test_meaning_finds_passages_without_a_common_word_only_when_asked_for(record, alice):
    assert found(alice, "zeppelin", mode="lexical").passages == ()
    assert found(alice, "zeppelin crane", mode="semantic").passages[0].why == "meaning"


def test_an_outsider_finds_nothing_and_learns_nothing(record, charlie):
    result = found(charlie, "notice of termination")
    assert (result.total, result.passages, result.coverage.pages) == (0, (), 0)
    assert all(t.documents == 0 for t in result.terms)
    assert all(not values for values in result.facets.values())


def test_another_cases_passages_never_appear(record, alice, other_case, make_document):
    make_document(other_case, ["The canary sings of termination and rent."], name="canary.txt")
    for mode in ("hybrid", "lexical", "semantic"):
        result = found(alice, "canary termination rent", mode=mode)
        assert "canary" not in {w for p in result.passages for w in p.snippet.text.lower().split()}
        assert result.coverage.pages == 4


def test_a_document_is_found_by_word_before_its_meaning_is_indexed(case, alice, make_document):
    from documents.models import ChunkEmbedding

    make_document(case, ["The anchor winch failed in the storm."])
    ChunkEmbedding.objects.all().delete()
    assert found(alice, "winch").total == 1


def test_results_are_paged_without_gap_or_repetition(case, alice, make_document):
    make_document(case, [f"Voucher number {n} was paid." for n in range(30)], name="vouchers.txt")
    seen, cursor = [], None
    while True:
        result = found(alice, "voucher", limit=7, cursor=cursor)
        seen += [(p.document_id, p.page) for p in result.passages]
        cursor = result.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == result.total == 30


def test_a_cursor_of_another_question_is_refused(case, alice, make_document):
    make_document(case, [f"Voucher number {n} was paid." for n in range(30)])
    cursor = found(alice, "voucher", limit=5).next_cursor
    with pytest.raises(QueryError) as refused:
        found(alice, "invoice", limit=5, cursor=cursor)
    assert refused.value.code == "invalid_cursor"


def test_coverage_counts_what_could_not_be_read(record, alice, case, put_in):
    put_in(case, b"\x7fELF\x02\x01\x01" + bytes(100), name="brief.pdf")
    put_in(case, b"queued, not read yet", name="new.txt")
    coverage = found(alice, "crane").coverage
    assert (coverage.pages_searched, coverage.documents_failed, coverage.documents_waiting) == (4, 1, 1)


def test_a_duplicates_custodian_finds_the_page_of_its_original(case, alice, make_document, put_in):
    original = make_document(case, ["The winch was greased."], name="a.txt", custodian="A. Brandt")
    put_in(case, f"{case.pk}a.txt".encode(), name="copy.txt", custodian="C. Diaz")
    for custodian in ("A. Brandt", "C. Diaz"):
        result = search("winch", scope_for(alice, case.pk, custodian=custodian))
        assert [p.document_id for p in result.passages] == [original.pk]
    assert search("winch", scope_for(alice, case.pk, custodian="Nobody")).total == 0


def test_a_search_costs_the_same_queries_however_many_hits(case, alice, make_document, django_assert_max_num_queries):
    make_document(case, [f"Voucher number {n} was paid." for n in range(40)])
    with django_assert_max_num_queries(39):
        found(alice, "voucher paid", limit=40)


def test_a_scope_of_no_cases_asks_nothing_of_the_lanes(db):
    assert search("anything", Scope(())).total == 0


def test_a_word_cut_at_a_lines_end_is_found_and_marked_whole(case, alice, make_document):
    make_document(case, ["The seller shall indem-\nnify the buyer against all claims."])
    for question in ("indemnify", "“shall indemnify the buyer”"):
        snippet = found(alice, question, mode="lexical").passages[0].snippet
        assert "indem-\nnify" in "".join(snippet.text[a:b] for a, b in snippet.highlights)


def test_ligatures_are_found_by_their_letters(case, alice, make_document):
    make_document(case, ["The ﬁrst oﬃcer signed."])
    snippet = found(alice, "first officer", mode="lexical").passages[0].snippet
    assert [snippet.text[a:b] for a, b in snippet.highlights] == ["ﬁrst oﬃcer"]


@pytest.mark.parametrize(
    "question", ["gross negligence", "“Gross negligence”", "negligence means", "ÉGALITÉ", "égalité"]
)
def test_words_in_typographic_quotation_marks_and_accented_capitals_are_found(case, alice, make_document, question):
    make_document(case, ["Meaning of the words. “Gross negligence” means ‘conscious’ disregard of Égalité."])
    found = search(question, scope_for(alice), mode="lexical")
    assert found.passages and found.passages[0].snippet.highlights
    assert found.passages[0].why in ("exact", "all words")
