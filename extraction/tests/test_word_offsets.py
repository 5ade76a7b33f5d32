"""A word's offsets address exactly that word in its page's text: on pages made at random, and on a corpus if one is
named by LEXINTEL_TEST_CORPUS (a folder; its PDF files are read)."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from documents.wordboxes import unpack_array
from extraction.errors import ExtractionError
from extraction.readers.base import PageRead
from extraction.tests.pdf_making import made, pages

WORDS = st.text(alphabet="abcdefgABCXYZ0189.,;:()&§'\"äéßñ", min_size=1, max_size=12)
LINES = st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=8), st.booleans()), min_size=1, max_size=12)
CORPUS = os.environ.get("LEXINTEL_TEST_CORPUS")


def wrong(page: PageRead) -> list[str]:
    """What is the matter with the page's words; nothing if each is a whole word of the text, once, in order."""
    rows, text = unpack_array(page.words), page.text
    spans, found = rows[:, :2].astype(int).tolist(), []
    at = 0
    for start, end in spans:
        if not at <= start < end <= len(text):
            found.append(f"[{start}, {end}) out of order or of the text")
            continue
        at = end
        if len(text[start:end].split()) != 1 or text[start:end] != text[start:end].strip():
            found.append(f"[{start}, {end}) is not one word")
        if text[max(0, start - 1) : start].strip() or text[end : end + 1].strip():
            found.append(f"[{start}, {end}) is part of a word")
    if not np.isfinite(rows).all() or (rows[:, 2:4] > rows[:, 4:6]).any():
        found.append("a box that is none")
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=LINES, columns=st.integers(1, 2), rotation=st.sampled_from([0, 90, 180, 270]))
def test_offsets_address_every_word_that_was_drawn(lines, columns, rotation):
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(rotation)
        canvas.setFont("Helvetica", 9)
        for column in range(columns):
            for number, (words, hyphen) in enumerate(lines):
                line = "  ".join(words) if hyphen else " ".join(words)
                canvas.drawString(40 + 280 * column, letter[1] - 60 - 14 * number, line)

    (page,) = pages(made(draw))
    assert wrong(page) == []
    addressed = sorted(page.text[s:e] for s, e in unpack_array(page.words)[:, :2].astype(int).tolist())
    assert addressed == sorted(page.text.split())
    drawn = sorted("".join(sorted("".join(words))) for words, _ in lines for _ in range(columns))
    assert sum(map(len, drawn)) == sum(map(len, addressed))


def test_a_word_cut_at_a_lines_end_is_two_words_with_two_boxes():
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The par-")
        canvas.drawString(72, 684, "ties agree.")

    (page,) = pages(made(draw))
    assert wrong(page) == []
    assert [page.text[s:e] for s, e in unpack_array(page.words)[:, :2].astype(int).tolist()] == page.text.split()


def test_offsets_that_miss_their_word_would_be_noticed():
    from dataclasses import replace

    from documents.wordboxes import pack

    (page,) = pages(made(lambda canvas: canvas.drawString(72, 700, "The goods were delivered.")))
    rows = unpack_array(page.words)
    for columns, by in (([0], 1), ([1], -1), ([0, 1], 1)):
        moved = rows.copy()
        moved[:, columns] += by
        assert wrong(replace(page, words=pack(moved)))
    assert wrong(replace(page, words=pack(rows[::-1])))


@pytest.mark.skipif(not CORPUS, reason="no corpus is named by LEXINTEL_TEST_CORPUS")
def test_offsets_address_words_on_every_page_of_a_corpus():
    problems, read = [], 0
    for path in sorted(Path(CORPUS).rglob("*.pdf")):
        try:
            found = pages(path.read_bytes())
        except ExtractionError:
            continue
        read += len(found)
        problems += [f"{path.name} page {page.number}: {what}" for page in found for what in wrong(page)[:2]]
    assert read and problems == []
