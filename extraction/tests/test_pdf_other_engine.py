"""PDFs on which the usual engine fails are read by the other one, which keeps words, places and codes."""

import io

import pytest

from documents import wordboxes
from extraction.errors import PermanentError
from extraction.readers import pdf_plumber
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions
from extraction.tests.pdf_making import made


def words(canvas):
    canvas.drawString(72, 700, "The winch was late.")
    canvas.drawString(72, 680, "Nobody said so.")


def ruled(canvas):
    canvas.rect(72, 600, 200, 100)


def blank(canvas):
    canvas.setFont("Helvetica", 10)


def read(data: bytes, **options):
    found = list(pdf_plumber.read(io.BytesIO(data), ReadOptions(**options)))
    assert isinstance(found[0], DocumentInfo)
    assert all(isinstance(page, PageRead) for page in found[1:])
    return found[0], found[1:]


def test_words_lines_places_and_states_are_as_with_the_usual_engine():
    info, pages = read(made(words, ruled, blank))
    assert (info.page_count, info.warnings) == (3, ("read_by_other_engine",))
    assert [(p.state, p.reason) for p in pages] == [("text", ""), ("unreadable", "no_text_layer"), ("blank", "")]
    assert pages[0].text == "The winch was late.\nNobody said so."
    assert (pages[0].width, pages[0].height) == (612, 792)
    rows = wordboxes.unpack_array(pages[0].words)
    assert [pages[0].text[int(a) : int(b)] for a, b in rows[:, :2]] == pages[0].text.split()
    # 72 points from the left; the base line at 700 is 92 from the top.
    assert abs(rows[0][2] - 72) < 1 and rows[0][3] < 92 < rows[0][5] + 1


def test_only_the_pages_that_are_asked_for_and_no_more_than_are_allowed():
    data = made(words, ruled, blank)
    assert [p.number for p in read(data, pages=(2,))[1]] == [2]
    info, pages = read(data, max_pages=1)
    assert ([p.number for p in pages], info.page_count) == ([1], 3)
    assert read(data, deadline_s=-1)[1] == []


def locked(password: str) -> bytes:
    return made(words, encrypt=password)


def test_a_protected_file_asks_for_its_password_and_opens_with_it():
    for password in ("", "wrong"):
        with pytest.raises(PermanentError) as raised:
            read(locked("right"), password=password)
        assert raised.value.code == "encrypted"
    assert read(locked("right"), password="right")[1][0].text.startswith("The winch")


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.4\n", b"%PDF-1.4\ntrailer << /Root 1 0 R >>\n%%EOF", b"nothing of the kind"]
)
def test_what_no_engine_opens_is_corrupt(data):
    with pytest.raises(PermanentError) as raised:
        read(data)
    assert raised.value.code == "corrupt"


def test_a_page_that_is_damaged_costs_itself_alone(monkeypatch):
    from pdfplumber.page import Page

    extract = Page.extract_words

    def fails(page, *args, **kwargs):
        if page.page_number == 1:
            raise ValueError
        return extract(page, *args, **kwargs)

    monkeypatch.setattr(Page, "extract_words", fails)
    _, pages = read(made(words, words))
    assert [(p.state, p.reason) for p in pages] == [("unreadable", "page_damaged"), ("text", "")]
