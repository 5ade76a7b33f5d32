"""Reading born-digital PDF: text, boxes, hidden text, numbered lines, columns, what it says about itself."""

import io
import re

import pypdfium2 as pdfium
import pytest
from reportlab.lib.colors import black, white
from reportlab.pdfgen.canvas import Canvas

from documents.wordboxes import unpack
from extraction.errors import PermanentError
from extraction.readers.rendering import render
from extraction.tests.pdf_making import info, items, made, members, pages


def hidden(data: bytes) -> list[tuple[str, str]]:
    return [(m.value, p.text[m.start : m.end]) for p in pages(data) for m in p.marks if m.kind == "hidden"]


def plain(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "The goods were delivered in May.")


def test_every_word_has_its_place_in_the_text_and_a_box_on_the_page():
    (page,) = pages(made(plain))
    words = unpack(page.words)
    assert [page.text[w.start : w.end] for w in words] == ["The", "goods", "were", "delivered", "in", "May."]
    assert all(60 < w.x0 < w.x1 < 300 and 80 < w.y0 < w.y1 < 100 for w in words)
    assert (page.state, page.width, page.height, page.marks) == ("text", 612, 792, ())


def test_text_under_a_black_bar_is_marked_as_covered():
    def redacted(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Paid to John Secret in cash.")
        canvas.setFillColor(black)
        canvas.rect(72 + canvas.stringWidth("Paid to "), 697, canvas.stringWidth("John Secret"), 12, fill=1)

    assert hidden(made(redacted)) == [("covered", "John Secret")]


def test_text_on_a_filled_shape_is_not_covered():
    def header(canvas: Canvas) -> None:
        canvas.setFillColor(black)
        canvas.rect(60, 690, 300, 24, fill=1)
        canvas.setFillColor(white)
        canvas.drawString(72, 700, "Schedule of payments")

    assert hidden(made(header)) == []


def test_a_redaction_with_a_label_on_it_marks_only_what_lies_below():
    def labelled(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Jane Hidden")
        canvas.rect(70, 696, 90, 14, fill=1)
        canvas.setFillColor(white)
        canvas.drawString(74, 700, "SEALED")

    (page,) = pages(made(labelled))
    assert "Jane" in page.text and "SEALED" in page.text
    assert {text for _, text in hidden(made(labelled))} <= {"Jane Hidden", "Jane", "Hidden"}


def test_white_tiny_invisible_and_off_page_text_is_marked_with_its_reason():
    def sly(canvas: Canvas) -> None:
        plain(canvas)
        canvas.setFillColor(white)
        canvas.drawString(72, 600, "whitewords")
        canvas.setFillColor(black)
        canvas.setFont("Helvetica", 0.5)
        canvas.drawString(72, 500, "tinywords")
        canvas.setFont("Helvetica", 12)
        canvas.drawString(72, -40, "offwords")
        text = canvas.beginText(72, 400)
        text.setTextRenderMode(3)
        text.textOut("ghostwords")
        canvas.drawText(text)

    found = {text: why for why, text in hidden(made(sly))}
    assert found == {"whitewords": "white", "tinywords": "tiny", "offwords": "off_page", "ghostwords": "invisible"}


def test_the_text_layer_of_a_scan_is_not_hidden():
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    def scan(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(Image.new("L", (600, 780), 200)), 0, 0, 612, 792)
        text = canvas.beginText(72, 400)
        text.setTextRenderMode(3)
        text.textOut("recognised words")
        canvas.drawText(text)

    assert hidden(made(scan)) == []


def test_a_transcripts_lines_can_be_addressed():
    def transcript(canvas: Canvas) -> None:
        for number in range(1, 26):
            canvas.drawRightString(90, 760 - number * 25, str(number))
            canvas.drawString(110, 760 - number * 25, f"{'QA'[number % 2]}. Answer in line number {number} here.")

    (page,) = pages(made(transcript))
    lines = {m.value: page.text[m.start : m.end] for m in page.marks if m.kind == "line"}
    assert len(lines) == 25
    assert lines["14"] == "Q. Answer in line number 14 here."
    numbers = [page.text[m.start : m.end] for m in page.marks if m.kind == "margin_number"]
    assert numbers == [str(n) for n in range(1, 26)]


def test_a_numbered_list_is_no_transcript():
    def short_list(canvas: Canvas) -> None:
        for number in range(1, 8):
            canvas.drawString(72, 760 - number * 25, f"{number} A point of the agenda")

    (page,) = pages(made(short_list))
    assert page.marks == ()


def test_a_wide_table_with_a_gap_in_its_middle_is_read_row_by_row():
    def log(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 8)
        for n in range(30):
            cells = ("11/14/22", f"E-mail {n}", "G. Pryce", "Request for legal advice", "Attorney-client privilege")
            for x, cell in zip((50, 110, 190, 340, 460), cells, strict=True):
                canvas.drawString(x, 720 - 20 * n, cell)

    (page,) = pages(made(log))
    assert page.text.split("\n")[3].split() == (
        "11/14/22 E-mail 3 G. Pryce Request for legal advice Attorney-client privilege".split()
    )


def test_two_columns_that_were_written_row_by_row_are_read_column_by_column():
    left = [f"left column sentence {n} goes on" for n in range(30)]
    right = [f"right column sentence {n} goes on" for n in range(30)]

    def rows(canvas: Canvas) -> None:
        for n, (a, b) in enumerate(zip(left, right, strict=True)):
            canvas.drawString(60, 740 - n * 20, a)
            canvas.drawString(330, 740 - n * 20, b)

    (page,) = pages(made(rows))
    assert page.text.split("\n") == left + right
    words = unpack(page.words)
    assert [page.text[w.start : w.end] for w in words] == " ".join(left + right).split()
    assert words[0].x0 < 200 < words[-1].x0


def test_a_ruled_table_is_read_row_by_row_into_cells():
    def table(canvas: Canvas) -> None:
        for n in range(4):
            canvas.line(72, 700 - n * 20, 372, 700 - n * 20)
        for x in (72, 172, 272, 372):
            canvas.line(x, 640, x, 700)
        for row in range(3):
            for column in range(3):
                canvas.drawString(76 + column * 100, 686 - row * 20, f"r{row}c{column}")

    (page,) = pages(made(table))
    assert [[cell["text"] for cell in row] for row in page.tables[0]["rows"]] == [
        [f"r{r}c{c}" for c in range(3)] for r in range(3)
    ]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_where_the_ink_is_on_rotated_pages(rotation):
    source = pdfium.PdfDocument(made(plain))
    source[0].set_rotation(rotation)
    buffer = io.BytesIO()
    source.save(buffer)
    data = buffer.getvalue()
    (page,) = pages(data)
    shown = pdfium.PdfDocument(data)[0].render(scale=2, grayscale=True).to_numpy().squeeze()
    assert (page.width, page.height) == (shown.shape[1] / 2, shown.shape[0] / 2)
    for word in unpack(page.words):
        x0, y0, x1, y1 = (round(v * 2) for v in (word.x0, word.y0, word.x1, word.y1))
        assert shown[y0:y1, x0:x1].min() < 100, page.text[word.start : word.end]


def test_a_blank_page_is_blank_a_drawing_has_no_text_and_a_picture_needs_ocr():
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    def picture(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(Image.effect_noise((200, 260), 60)), 0, 0, 612, 792)

    states = [(p.state, p.reason) for p in pages(made(lambda c: None, lambda c: c.rect(9, 9, 200, 200), picture))]
    assert states == [("blank", ""), ("blank", "drawing"), ("unreadable", "no_text_layer")]


def test_an_encrypted_file_asks_for_its_password_and_opens_with_it():
    from reportlab.lib.pdfencrypt import StandardEncryption

    data = made(plain, encrypt=StandardEncryption("open sesame", strength=128))
    with pytest.raises(PermanentError) as refused:
        items(data)
    assert refused.value.code == "encrypted"
    (page,) = pages(data, password="open sesame")
    assert "delivered" in page.text


@pytest.mark.parametrize("data", [b"%PDF-1.7\n" + bytes(200), b"%PDF-1.4", made(plain)[:300]])
def test_a_damaged_file_is_corrupt(data):
    with pytest.raises(PermanentError) as refused:
        items(data)
    assert refused.value.code == "corrupt"


def numbered(count: int) -> bytes:
    """A PDF with "Page 1" and more on its first page, and so on; what the pages show lies behind all else."""
    return made(
        *(lambda canvas, n=n: canvas.drawString(72, 700, f"Page {n} of the ledger") for n in range(1, count + 1))
    )


def cut_inside_page(data: bytes, number: int) -> bytes:
    """The file as far as the beginning of what this page shows."""
    shown = list(re.finditer(rb"(?<!end)stream\n", data))
    return data[: shown[number - 1].end()]


def test_of_a_file_that_breaks_off_the_pages_before_the_break_are_read_and_the_others_are_missed():
    data = cut_inside_page(numbered(4), 3)
    assert b"trailer" not in data and b"%%EOF" not in data
    assert [(p.state, p.reason, p.text.strip()) for p in pages(data)] == [
        ("text", "", "Page 1 of the ledger"),
        ("text", "", "Page 2 of the ledger"),
        ("unreadable", "page_damaged", ""),
        ("unreadable", "page_damaged", ""),
    ]
    assert info(data).warnings == ("damaged_end",)


def test_where_the_list_of_pages_is_missing_too_they_come_in_the_order_in_which_they_lie():
    data = numbered(3)
    data = data[: data.index(b"%PDF") + 8] + data[data.index(b"1 0 obj") - 1 :]
    tree = re.search(rb"\d+ 0 obj\s*<<[^>]*/Type /Pages[^>]*>>\s*endobj", data)
    data = data[: tree.start()] + data[tree.end() : data.index(b"xref\n")]
    assert [p.text.strip() for p in pages(data)] == [f"Page {n} of the ledger" for n in (1, 2, 3)]


def test_a_page_of_a_file_that_breaks_off_can_be_looked_at():
    data = cut_inside_page(numbered(3), 3)
    drawn = render(io.BytesIO(data), "application/pdf", 2, 72)
    assert drawn.size == (612, 792)
    assert drawn.convert("L").getextrema()[0] < 100


def test_an_empty_page_of_a_whole_file_is_blank_whatever_follows_its_end():
    data = made(plain, lambda canvas: None).replace(b"%%EOF", b"") + bytes(3000)
    assert [p.state for p in pages(data)] == ["text", "blank"]
    assert info(data).warnings == ()


def test_a_locked_file_that_breaks_off_is_damaged_and_gives_no_garbage():
    from reportlab.lib.pdfencrypt import StandardEncryption

    data = cut_inside_page(made(plain, plain, encrypt=StandardEncryption("sesame", strength=128)), 2)
    try:
        assert not any(p.text for p in pages(data))
    except PermanentError as error:
        assert error.code == "corrupt"


def test_title_author_and_javascript_are_told():
    def titled(canvas: Canvas) -> None:
        canvas.setTitle("Deed of lease")
        canvas.setAuthor("A. Brandt")
        plain(canvas)

    assert {"title": "Deed of lease", "author": "A. Brandt"}.items() <= info(made(titled)).meta.items()


def test_embedded_files_are_members():
    document = pdfium.PdfDocument(made(plain))
    document.new_attachment("ledger.csv").set_data(b"a,b\n1,2\n")
    buffer = io.BytesIO()
    document.save(buffer)
    assert members(buffer.getvalue()) == [("ledger.csv", b"a,b\n1,2\n")]


def test_only_the_pages_asked_for_are_read():
    data = made(plain, plain, plain)
    assert [p.number for p in pages(data, pages=(2,))] == [2]
    assert info(data, max_pages=2).truncated_at == 2


def test_a_word_cut_at_a_lines_end_keeps_its_line_end_and_has_a_box_on_each_line():
    def cut(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The seller shall indem-")
        canvas.drawString(72, 680, "nify the buyer.")

    (page,) = pages(made(cut))
    assert page.text == "The seller shall indem-\nnify the buyer."
    words = {page.text[w.start : w.end]: w for w in unpack(page.words)}
    assert words["nify"].y0 > words["indem-"].y0 + 10
    assert words["nify"].x0 == pytest.approx(72, abs=1)


def filled(canvas: Canvas) -> None:
    plain(canvas)
    canvas.drawString(72, 600, "Plaintiff:")
    canvas.acroForm.textfield(name="plaintiff", value="Orlando Quisby", x=200, y=590, width=200, height=20)


def without_looks(data: bytes) -> bytes:
    """The file with fields that leave it to the program how they look, as many forms do."""
    bare = re.sub(rb"/AP <<.*?>>\s*(?=/)", b"", data, flags=re.S)
    assert bare != data
    return bare


@pytest.mark.parametrize("change", [bytes, without_looks])
def test_what_was_filled_into_a_form_is_text_with_its_place(change):
    (page,) = pages(change(made(filled)))
    assert "Orlando Quisby" in page.text
    words = {page.text[w.start : w.end]: w for w in unpack(page.words)}
    assert 195 < words["Quisby"].x0 < 400
    assert 180 < words["Quisby"].y0 < words["Quisby"].y1 < 205


def test_a_page_shows_what_was_filled_in():
    field = (210, 184, 300, 200)
    empty = made(plain)
    drawn = [render(io.BytesIO(data), "application/pdf", 1, 72).convert("L") for data in (empty, made(filled))]
    assert [picture.crop(field).getextrema()[0] < 100 for picture in drawn] == [False, True]


def test_a_page_that_is_nothing_but_a_filled_field_is_not_blank():
    def form(canvas: Canvas) -> None:
        canvas.acroForm.textfield(name="court", value="Port Ambry", x=72, y=700, width=200, height=20)

    (page,) = pages(made(form))
    assert (page.state, page.text.strip()) == ("text", "Port Ambry")


def test_remarks_are_at_the_foot_of_their_page_and_marked():
    def remarked(canvas: Canvas) -> None:
        plain(canvas)
        canvas.textAnnotation("Was it May or June?", Rect=[300, 300, 320, 320])

    data = made(remarked, plain)
    first, second = pages(data)
    assert [first.text[m.start : m.end] for m in first.marks if m.kind == "comment"] == [
        "[Comment: Was it May or June?]"
    ]
    assert first.text.endswith("Was it May or June?]")
    assert "Comment" not in second.text
    assert info(data).warnings == ()
