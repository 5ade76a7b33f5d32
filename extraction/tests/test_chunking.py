"""Chunks: nothing lost, nothing twice, offsets exact, sentences whole."""

from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.chunking import LIMIT, chunk_pages, count_tokens, slice_body
from extraction.sentences import heading, sentences

TEXT = st.text(st.sampled_from('ab Z.!?\n\t"’)1§,é中\u200b'), max_size=400)
PAGES = st.lists(TEXT, max_size=5).map(lambda texts: list(enumerate(texts, 1)))


@given(PAGES)
@settings(max_examples=200, deadline=None)
def test_every_visible_character_is_in_exactly_one_chunk_and_bodies_are_slices(pages):
    texts, seen = dict(pages), {n: [0] * len(t) for n, t in pages}
    for span in chunk_pages(pages, limit=8):
        assert 0 <= span.char_from <= len(texts[span.page_from])
        assert 0 <= span.char_to <= len(texts[span.page_to])
        assert span.body == slice_body(texts, span)
        for number in range(span.page_from, span.page_to + 1):
            start = span.char_from if number == span.page_from else 0
            end = span.char_to if number == span.page_to else len(texts[number])
            for at in range(start, end):
                seen[number][at] += 1
    for number, counts in seen.items():
        for at, count in enumerate(counts):
            assert count <= 1
            assert count == 1 or texts[number][at].isspace()


def split(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


def test_abbreviations_initials_and_citations_do_not_end_a_sentence():
    text = "See Bell Atl. Corp. v. Twombly, 550 U.S. 544 (2007). Mr. J. Smith signed No. 12. He left."
    assert split(text) == [
        "See Bell Atl. Corp. v. Twombly, 550 U.S. 544 (2007).",
        "Mr. J. Smith signed No. 12.",
        "He left.",
    ]


def test_a_line_break_inside_a_paragraph_is_a_space_and_a_blank_line_ends_it():
    assert split("one line\ngoes on here\n\nAnother paragraph") == ["one line\ngoes on here", "Another paragraph"]


def test_questions_and_answers_of_a_transcript_begin_sentences():
    text = "4   Q. Where were you\n5   A. In the yard\n6   Q. When"
    assert len(split(text)) == 3


def test_a_section_number_stays_with_its_text():
    assert split("7.2. Term of the agreement is one year. It ends.")[0] == "7.2. Term of the agreement is one year."


def test_headings_are_recognised_and_sentences_are_not():
    assert heading("ARTICLE IV  INDEMNIFICATION") == "ARTICLE IV INDEMNIFICATION"
    assert heading("7.2 Confidential Information")
    assert heading("II. STATEMENT OF FACTS")
    assert not heading("The seller shall deliver the goods to the buyer.")
    assert not heading("12")


def test_a_chunk_carries_the_heading_above_it():
    pages = [(1, "ARTICLE IV\n\nThe seller pays.\n\nARTICLE V\n\nThe buyer pays.")]
    spans = chunk_pages(pages)
    assert [s.heading for s in spans] == ["ARTICLE IV", "ARTICLE V"]


def test_a_sentence_over_the_page_end_is_one_chunk_that_names_both_pages():
    spans = chunk_pages([(1, "First one. The goods were delivered to"), (2, "the yard in May. Next one.")])
    spanning = [s for s in spans if s.page_from != s.page_to]
    assert len(spanning) == 1
    assert "delivered to\nthe yard in May." in spanning[0].body


def test_chunks_keep_to_the_limit():
    text = " ".join(f"Sentence number {n} has a few words in it." for n in range(300))
    assert all(count_tokens(s.body) <= LIMIT for s in chunk_pages([(1, text)]))


def test_a_million_letters_without_a_space_are_cut_in_linear_time():
    spans = chunk_pages([(1, "x" * 1_000_000)])
    assert sum(len(s.body) for s in spans) == 1_000_000
    assert max(len(s.body) for s in spans) <= 4000


def test_transcript_lines_bates_numbers_and_loud_sentences_are_no_headings():
    assert not heading("21 A. At Corvane I Reported to Mr. Blyth")
    assert not heading("12 Q. Where Was The List")
    assert not heading("COR-000791")
    said = "SUPPLIER'S TOTAL LIABILITY UNDER THIS AGREEMENT SHALL NOT\nEXCEED THE AMOUNTS PAID IN THE TWELVE MONTHS."
    loud = said * 2
    spans = chunk_pages([(1, f"14.3 Limit of Liability\n\n{loud}")])
    assert {s.heading for s in spans} == {"14.3 Limit of Liability"}


def test_an_articles_number_stays_with_its_title():
    spans = chunk_pages([(1, "ARTICLE 14. INDEMNIFICATION\n\nThe seller pays. The buyer does not.")])
    assert {s.heading for s in spans} == {"ARTICLE 14. INDEMNIFICATION"}
