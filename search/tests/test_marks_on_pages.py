"""What is marked is what was found: for random hits over generated PDFs, the marked slice is the matched text on that
page, and the boxes lie over it. PDFium, asked what stands inside the boxes, is the judge.

150 hits in the suite; LEXINTEL_TEST_HITS=1000 for as many as you like, LEXINTEL_TEST_SEED for others.
"""

import os
import random
import re
import textwrap
from collections.abc import Sequence
from itertools import islice
from typing import Any

import pypdfium2
import pytest
import snowballstemmer

from documents.models import Document, Page
from extraction.folding import WORD, fold
from extraction.sample import contract
from extraction.tests.pdf_making import made
from search.engine import search
from search.page_hits import page_hits
from search.passages import Passage
from search.query import parse
from search.scope import scope_for

HITS = int(os.environ.get("LEXINTEL_TEST_HITS", "150"))
SEED = int(os.environ.get("LEXINTEL_TEST_SEED", "1"))
WORDS = """breach contract supplier winch anchor harbour voucher invoice indemnify indemnification buyer notice
terminate termination damages covenant warranty arbitration counterclaim stevedore bollard hawser manifest customs
demurrage freight lading cargo vessel charter insurance underwriter adjuster salvage tonnage berth pilotage""".split()
COMMON = "the of and to a in that it is was for on with as by".split()
stem = snowballstemmer.stemmer("english").stemWord


def words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(fold(text).text)]


def generated(rng: random.Random) -> bytes:
    """A PDF of a few pages: paragraphs in one or two columns, lines cut inside words, sizes that differ."""

    def page(canvas: Any) -> None:
        size = rng.choice([8, 10, 13])
        canvas.setFont(rng.choice(["Times-Roman", "Helvetica", "Courier"]), size)
        for x, width in rng.choice([[(72, 80)], [(60, 36), (320, 36)]]):
            said = " ".join(rng.choice(WORDS if rng.random() < 0.6 else COMMON) for _ in range(260))
            y = 720.0
            for line in textwrap.wrap(hyphenated(said, rng), int(width * 9 / size), break_on_hyphens=True)[:45]:
                canvas.drawString(x, y, line)
                y -= size * rng.choice([1.2, 1.2, 1.2, 2.2])

    return made(*[page] * rng.randint(2, 4))


def hyphenated(said: str, rng: random.Random) -> str:
    return " ".join(f"{w[:4]}-{w[4:]}" if len(w) > 8 and rng.random() < 0.1 else w for w in said.split())


def question(page: Page, rng: random.Random) -> tuple[str, list[str]]:
    """A question that the page answers, and what may be marked: words, or beginnings with an asterisk."""
    there = words(page.text)
    # Not one of the words that every text has.
    telling = [place for place, word in enumerate(there) if word.isalpha() and (word in WORDS or len(word) > 7)]
    place = rng.choice(telling)
    word = there[place]
    kind = rng.choice(["word", "phrase", "near", "wildcard", "either"])
    if kind == "phrase" and place + 2 in telling:
        return f"“{' '.join(there[place : place + 3])}”", there[place : place + 3]
    other = there[rng.choice(telling)]
    if kind == "near":
        return f"{word} w/12 {other}", [word, other]
    if kind == "wildcard":
        return f"{word[:4]}*", [f"{word[:4]}*"]
    if kind == "either":
        return f"{word} OR {other}", [word, other]
    return word, [word]


def ends(run: Sequence[str]) -> tuple[str, str]:
    return stem(run[0]), stem(run[-1])


def is_asked_for(word: str, asked: Sequence[str]) -> bool:
    return any(word.startswith(a[:-1]) if a.endswith("*") else stem(word) == stem(a) for a in asked)


def inside(sheet: Any, height: float, boxes: Sequence[Sequence[float]]) -> list[str]:
    """What PDFium reads in each of the boxes, its letters alone; a little smaller, so that no neighbour looks in."""
    texts = sheet.get_textpage()
    said = []
    for x0, y0, x1, y1 in boxes:
        dy = (y1 - y0) * 0.2
        read = texts.get_text_bounded(left=x0 + 0.5, right=x1 - 0.5, bottom=height - y1 + dy, top=height - y0 - dy)
        said.append("".join(words(read)))
    return said


def check(passage: Passage, asked: list[str], pages: dict[int, Page], pdf: Any, typed: str) -> None:
    span, snippet = passage.span, passage.snippet
    # The snippet is the pages' own text.
    whole, starts = [], {}
    for number in range(span.page_from, span.page_to + 1):
        start = span.char_from if number == span.page_from else 0
        end = span.char_to if number == span.page_to else None
        starts[number] = (sum(len(part) + 1 for part in whole), start)
        whole.append(pages[number].text[start:end])
    assert "\n".join(whole) == snippet.text
    # What is marked was asked for; something is.
    slices = [snippet.text[a:b] for a, b in snippet.highlights]
    marked = [words(piece) for piece in slices]
    assert marked and all(marked)
    if typed.startswith("“"):
        # Between them the index takes one common word for another.
        assert any(len(piece) == 3 and ends(piece) == ends(asked) for piece in marked), (asked, slices)
    else:
        assert all(is_asked_for(word, asked) for piece in marked for word in piece), (asked, slices)
    # It stands on the page that is named, and the boxes are over it.
    at, start = starts[passage.page]
    page = pages[passage.page]
    there = [
        (a - at + start, b - at + start)
        for a, b in snippet.highlights
        if at <= a < at + len(pages[passage.page].text) - start
        and (passage.page == span.page_to or a < starts[passage.page + 1][0])
    ]
    assert there
    assert page.text[there[0][0] : there[0][1]].startswith(slices[0].split("\n")[0])
    covered(page, there, passage.boxes, pdf)


def covered(page: Page, spans: Sequence[tuple[int, int]], boxes: Sequence[Sequence[float]], pdf: Any) -> None:
    """The boxes hold the letters of the spans, in their order, and no others but those of the same printed word."""
    printed = [m.span() for m in re.finditer(r"\S+", page.text)]
    touched = [page.text[a:b] for a, b in printed if any(a < end and start < b for start, end in spans)]
    read = inside(pdf[page.number - 1], page.height, boxes)
    assert "".join(read) == "".join(letter for part in touched for letter in words(part)), (read, touched)


@pytest.fixture
def record(case, put_in, work_off, fake_embedder) -> list[tuple[Document, bytes]]:
    rng = random.Random(SEED)
    files = [generated(rng) for _ in range(8)] + [contract.agreement()]
    documents = [put_in(case, data, f"made-{n}.pdf") for n, data in enumerate(files)]
    work_off()
    for document in documents:
        document.refresh_from_db()
        assert document.status == "ready"
    return list(zip(documents, files, strict=True))


def test_random_hits_mark_what_was_found_and_the_boxes_lie_over_it(record, alice):
    rng, seen = random.Random(SEED + 1), 0
    pdfs = {document.pk: pypdfium2.PdfDocument(data) for document, data in record}
    pages = {d.pk: {p.number: p for p in Page.objects.current().filter(document=d)} for d, _ in record}
    every = [page for of_one in pages.values() for page in of_one.values() if page.state == "text"]
    while seen < HITS:
        page = rng.choice(every)
        typed, asked = question(page, rng)
        result = search(typed, scope_for(alice), mode="lexical", limit=10)
        hits = [p for p in result.passages if p.snippet.highlights] if asked == typed.split() else result.passages
        for passage in islice(hits, HITS - seen):
            try:
                check(passage, asked, pages[passage.document_id], pdfs[passage.document_id], typed)
            except AssertionError as error:
                raise AssertionError(f"{typed!r}, seed {SEED}, {passage.document_name} p. {passage.page}") from error
            seen += 1
        hits_there = page_hits(page, parse(typed))
        assert hits_there.highlights
        covered(page, hits_there.highlights, hits_there.boxes, pdfs[page.document_id])
    assert seen == HITS
    for pdf in pdfs.values():
        pdf.close()
