"""Pieces of a page's text, boxes of marks, and cites: the pure parts of the page viewer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents import wordboxes
from search.cites import cite, lines_of
from search.page_boxes import MarkBox, mark_boxes
from search.page_layers import hidden_reasons, layers

TEXT = st.text(max_size=60)
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple), max_size=6)
KINDS = st.sampled_from(["hidden", "line", "margin_number", "header"])


@given(TEXT, SPANS, st.lists(st.tuples(KINDS, SPANS), max_size=4))
def test_the_pieces_together_are_the_text_whatever_is_marked(text, spans, marked):
    marks = [[kind, a, b, "3"] for kind, found in marked for a, b in found]
    pieces = layers(text, marks, sorted(spans))
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces) or text == ""


def test_a_hit_over_several_pieces_opens_once():
    pieces = layers("shown hidden shown", [["hidden", 6, 12, "white"]], [(0, 9)])
    assert [(p.text, p.hit, p.opens, p.hidden) for p in pieces] == [
        ("shown ", 1, True, ""),
        ("hid", 1, False, "white"),
        ("den", 0, False, "white"),
        (" shown", 0, False, ""),
    ]


def test_each_reason_is_told_once_and_unknown_ones_are_no_error():
    assert hidden_reasons([["hidden", 0, 1, "white"], ["hidden", 2, 3, "white"], ["hidden", 4, 5, "new"]]) == [
        "in the colour of the paper",
        "hidden",
    ]


def test_words_of_one_line_have_one_box_and_other_lines_their_own():
    words = [(0, 3, 10.0, 10.0, 40.0, 20.0), (4, 8, 44.0, 10.0, 80.0, 20.0), (9, 12, 10.0, 30.0, 40.0, 40.0)]
    assert mark_boxes(wordboxes.pack(words), [(0, 12), (5, 6)]) == [
        MarkBox(1, 10, 10, 70, 10),
        MarkBox(1, 10, 30, 30, 10),
        MarkBox(2, 44, 10, 36, 10),
    ]
    assert mark_boxes(b"", [(0, 4)]) == mark_boxes(wordboxes.pack(words), []) == []


@pytest.mark.parametrize(
    ("lines", "has_lines", "said"),
    [
        ([3, 4, 16], True, "Trevanion Dep. 21:3–16"),
        ([3], True, "Trevanion Dep. 21:3"),
        ([], True, "Trevanion Dep. at 21"),
        ([3], False, "Trevanion Dep. at 21"),
    ],
)
def test_cites_are_written_as_lawyers_write_them(lines, has_lines, said):
    assert cite("Trevanion Dep.", "21", lines, has_lines=has_lines) == said


def test_the_lines_of_a_span_are_those_it_touches():
    marks = [["line", 0, 10, "1"], ["line", 11, 20, "2"], ["line", 21, 30, "x"], ["header", 0, 30, "9"]]
    assert lines_of(marks, [(5, 12)]) == [1, 2]
    assert lines_of(marks, [(10, 11), (22, 25)]) == []
