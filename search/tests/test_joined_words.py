"""Words that are joined to others by something else than a space: each is found, by itself and in its row."""

import pytest

from search.document_hits import hits_by_page
from search.engine import search
from search.scope import scope_for

TEXT = (
    "The buyer/seller shall pay by 12/31/2020 at the latest.It rained in May.The crane stood idle. "
    "From: Anna Brandt <a.brandt@harlow.com> in case 24-cv-01234, on 2021-03-05. <sworn> Losses of $-500. "
    "See www.brandtmarine.com/terms and HRL_0077.pdf, AT&T; and 42 U.S.C. 1983, and clause 3.14 of a non-compete."
)


@pytest.fixture
def record(case, make_document):
    other = make_document(case, ["Nothing of the kind."], name="other.txt")
    return make_document(case, [TEXT], name="exhibit_9/HRL-0012.final.pdf"), other


def hits(user, text, mode="lexical"):
    found = search(text, scope_for(user), mode=mode).passages
    return [(p.document_name, [p.snippet.text[a:b] for a, b in p.snippet.highlights]) for p in found]


@pytest.mark.parametrize(
    "word",
    "buyer seller 2020 latest May Brandt harlow 01234 2021 05 sworn 500 brandtmarine terms 0077".split(),
)
@pytest.mark.parametrize("asked", ["{}", "{} AND shall", "{} w/40 crane"])
def test_each_word_is_found_wherever_it_stands(record, alice, word, asked):
    ((name, marked),) = hits(alice, asked.format(word))
    assert name == record[0].name and word.lower() in {text.lower() for text in marked}


@pytest.mark.parametrize(
    "phrase",
    [
        "buyer/seller",
        "buyer / seller shall",
        "seller shall pay",
        "12/31/2020",
        "a.brandt@harlow.com",
        "24-cv-01234",
        "case 24-cv-01234",
        "2021-03-05",
        "2021–03–05",
        "rained in May. The crane",
        "42 U.S.C. 1983",
        "clause 3.14",
        "www.brandtmarine.com/terms",
        "HRL_0077.pdf",
        "non-compete",
    ],
)
def test_what_is_joined_is_found_in_its_row_as_typed_and_taken_apart(record, alice, phrase):
    ((name, marked),) = hits(alice, f"“{phrase}”")
    assert name == record[0].name and marked
    assert hits(alice, phrase, mode="hybrid")[0][0] == record[0].name


@pytest.mark.parametrize("phrase", ["seller buyer", "31/12/2020", "01234-cv-24", "42 U.S.D. 1983"])
def test_and_in_no_other_row(record, alice, phrase):
    assert any("do not occur" in note for note in search(f"“{phrase}”", scope_for(alice), mode="lexical").notes)


def test_the_words_of_a_name_are_found_too(record, alice):
    assert [name for name, _ in hits(alice, "0012")] == [record[0].name]


def test_pages_of_a_document_are_found_by_the_same_words(record, alice):
    for word in ("seller", "harlow", "sworn", "01234"):
        assert hits_by_page(record[0], word).pages


def test_an_outsider_finds_none_of_them(record, charlie):
    for word in ("seller", "harlow", "sworn", "01234", "“buyer/seller”"):
        assert hits(charlie, word) == []
