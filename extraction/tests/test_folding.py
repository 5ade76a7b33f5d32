"""Folding undoes typesetting, and every folded character knows where it came from."""

from hypothesis import given
from hypothesis import strategies as st

from extraction.folding import broken_words, fold, needs_folding, searchable

TEXT = st.text(st.sampled_from("ab-Z\n \u00adﬁﬃ\u200bＡ1é"), max_size=60)


def test_a_word_cut_at_a_line_end_is_one_word_again():
    text = "The seller shall indem-\nnify the buyer."
    folded = fold(text)
    assert folded.text == "The seller shall indemnify the buyer."
    start = folded.text.index("indemnify")
    a, b = folded.span(start, start + len("indemnify"))
    assert text[a:b] == "indem-\nnify"


def test_ligatures_become_letters_and_lead_back_to_the_ligature():
    text = "the ﬁrst oﬃce"
    folded = fold(text)
    assert folded.text == "the first office"
    a, b = folded.span(folded.text.index("office"), len(folded.text))
    assert text[a:b] == "oﬃce"


def test_soft_hyphens_and_zero_width_characters_vanish():
    assert fold("in\u00addem\u200bnity").text == "indemnity"


def test_a_hyphen_inside_a_line_and_before_a_capital_stays():
    for text in ("a long-term lease", "Smith-\nJones", "pages 4-\n7"):
        assert fold(text).text == text
        assert not needs_folding(text)


def test_both_readings_of_a_cut_word_are_searchable():
    assert broken_words("a long-\nterm lease") == ["long-term"]
    assert searchable("a long-\nterm lease") == "a longterm lease\nlong-term"
    assert searchable("a long-term lease") == ""


@given(TEXT)
def test_every_folded_character_stands_for_characters_of_the_original_in_order(text):
    folded = fold(text)
    places = [folded.place(i) for i in range(len(folded.text))]
    assert places == sorted(places)
    assert all(0 <= p < len(text) for p in places)
    for i, letter in enumerate(folded.text):
        assert letter == text[places[i]] or letter in "fiAl"
    if folded.text:
        a, b = folded.span(0, len(folded.text))
        assert 0 <= a < b <= len(text)
