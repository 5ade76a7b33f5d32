"""What is said about the words of a question; never a word of a case that one may not see."""

import pytest

from documents.models import VocabularyWord
from search.engine import search
from search.lint import with_words_meant
from search.scope import scope_for
from search.vocabulary import differences


@pytest.fixture
def record(case, make_document):
    return make_document(
        case, ["The supplier shall indemnify the buyer.", "Indemnification is governed by this agreement of 1999."]
    )


def notes(user, text, **how):
    return search(text, scope_for(user), **how).notes


@pytest.mark.parametrize("question", ["indemnfy", "indemnfy the buyer", "indemnfy AND buyer", "indemnfy w/5 buyer"])
def test_a_word_without_hits_is_named_with_what_was_perhaps_meant(record, alice, question):
    assert "“indemnfy”: 0 hits; did you mean “indemnify”?" in notes(alice, question)


def test_the_question_that_was_perhaps_meant_is_one_click_away(record, alice, api):
    result = search("indemnfy w/5 (buyr OR zeppelin)", scope_for(alice))
    assert result.instead == "indemnify w/5 (buyer OR zeppelin)"
    assert search("indemnify the buyer", scope_for(alice)).instead == ""
    page = api(alice).get("/search/", {"q": "indemnfy AND buyer", "mode": "lexical"}).content.decode()
    assert '<a href="/search/?q=indemnify+AND+buyer&amp;mode=lexical">indemnify AND buyer</a>' in page


def test_only_whole_words_are_replaced():
    assert with_words_meant("fee feet “fee”", {"fee": "free"}) == "free feet “free”"


def test_a_word_like_no_other_is_only_named(record, alice):
    assert "“zeppelin”: 0 hits." in notes(alice, "zeppelin AND buyer")
    assert "“zep*”: 0 hits." in notes(alice, "zep* AND buyer")


def test_words_that_occur_are_not_remarked_upon(record, alice):
    for question in ("indemnify the buyers", "indemnifying", "buyer w/5 indemnify", "agreement of 1999", "the of and"):
        assert not any("0 hits" in note for note in notes(alice, question))


def test_wildcards_say_what_they_stand_for(record, alice):
    assert "“indem*” stands for indemnify, indemnification." in notes(alice, "indem*")
    said = notes(alice, "*nify")
    assert "“*nify” stands for indemnify." in said
    assert any("has no beginning" in note for note in said)


@pytest.mark.parametrize("question", ["bu?y*z", "bu?y*z AND buyer", "bu?y*z w/3 buyer", "bu?y*z NOT w/3 buyer"])
def test_a_wildcard_that_fits_no_word_is_named_wherever_it_stands(record, alice, question):
    assert "“bu?y*z”: 0 hits." in notes(alice, question)


def test_a_word_of_another_case_is_never_suggested_or_counted(record, alice, charlie, other_case, make_document):
    make_document(other_case, ["The canaryword indemnfies nobody, canarywords least of all."], name="canary.txt")
    for question in ("canaryward", "canaryward AND buyer", "canary*", "*aryword", "canarywor? OR buyer", "indemnfie"):
        assert not any("canaryword" in note or "indemnfies" in note for note in notes(alice, question)), question
    for question in ("canaryward", "canary*", "indemnfy"):
        assert not any("mean" in note or "stands for" in note for note in notes(charlie, question)), question


def test_a_word_of_a_document_that_is_gone_is_not_suggested(record, alice, case, make_document):
    gone = make_document(case, ["The zeppelins rose."], name="gone.txt")
    assert any("zeppelins" in note for note in notes(alice, "zeppelin*"))
    gone.delete()
    assert VocabularyWord.objects.filter(word="zeppelins").exists()
    for question in ("zeppelin*", "zepelins", "zepelins AND buyer"):
        assert not any("zeppelins" in note for note in notes(alice, question))


def test_the_vocabulary_holds_each_word_once_and_no_numbers(record, case, make_document):
    make_document(case, ["The supplier again, in 2024, under B7."], name="again.txt")
    words = list(VocabularyWord.objects.filter(case=case).values_list("word", flat=True))
    assert len(words) == len(set(words))
    assert {"supplier", "again", "b7"} <= set(words) and not {"1999", "2024"} & set(words)
    assert VocabularyWord.objects.get(case=case, word="indemnification").stem == "indemnif"
    assert VocabularyWord.objects.get(case=case, word="the").stem == ""


def test_numbers_are_found_by_how_they_begin(record, alice):
    assert search("199* AND agreement", scope_for(alice)).total == 1


@pytest.mark.parametrize(
    ("a", "b", "count"), [("indemnfy", "indemnify", 1), ("abcd", "abdc", 1), ("abc", "abc", 0), ("abc", "xyz", 3)]
)
def test_differences_between_words_are_counted(a, b, count):
    assert differences(a, b) == differences(b, a) == count
