"""Pages that are pictures are read by OCR, in a confined child, and the better text of each page is kept."""

import io

import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from documents.models import Document
from documents.wordboxes import unpack
from extraction.reprocess import reprocess
from extraction.tests.pdf_making import made, pages

LINES = [
    "The witness arrived at the harbour office",
    "shortly after noon on the fourth of March.",
    "Invoice 4711 was paid.",
]


def typed(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 14)
    for n, line in enumerate(LINES):
        canvas.drawString(72, 700 - n * 30, line)


def picture(dpi: int = 150) -> Image.Image:
    return pdfium.PdfDocument(made(typed))[0].render(scale=dpi / 72, grayscale=True).to_pil()


def scanned(*also) -> bytes:
    def scan(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(picture()), 0, 0, 612, 792)
        for draw in also:
            draw(canvas)

    return made(scan)


def stamp(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(180, 780, "Case 3:23-cv-00418 Document 12 Filed 03/04/21 Page 1 of 1")


@pytest.fixture
def read(case, put_in, work_off, fake_embedder):
    def read(data: bytes, name: str = "scan.pdf") -> Document:
        document = put_in(case, data, name=name)
        work_off()
        document.refresh_from_db()
        return document

    return read


def test_a_scanned_page_is_read_with_boxes_and_confidence(read):
    document = read(scanned())
    page = document.pages.get()
    assert (document.status, page.state, page.reason) == ("ready", "ocr", "no_text_layer")
    assert page.text.split("\n")[0] == LINES[0]
    assert page.confidence > 0.9
    words = unpack(bytes(page.words))
    first = next(w for w in words if page.text[w.start : w.end] == "witness")
    assert 90 < first.x0 < 110 and 70 < first.y0 < 95


def test_a_stamp_over_a_scan_does_not_pass_for_the_pages_text(read):
    page = read(scanned(stamp)).pages.get()
    assert (page.state, page.reason) == ("ocr", "stamp_over_image")
    assert "witness" in page.text and "00418" in page.text


def test_a_good_text_layer_is_kept_and_costs_no_ocr(read):
    document = read(made(typed))
    assert document.pages.get().state == "text"
    assert "ocr_s" not in document.timings["read"]


def test_a_picture_file_is_a_page_that_is_read(read):
    buffer = io.BytesIO()
    picture(200).save(buffer, "PNG", dpi=(200, 200))
    document = read(buffer.getvalue(), "photo.png")
    assert document.pages.get().state == "ocr"
    assert "Invoice 4711" in document.pages.get().text


def test_ocr_can_be_forced(read, work_off):
    document = read(made(typed))
    reprocess(Document.objects.filter(pk=document.pk), force_ocr=True)
    work_off()
    page = Document.objects.get(pk=document.pk).pages.get()
    assert (page.state, page.reason) == ("ocr", "forced")
    assert LINES[0] in page.text


def test_ocr_can_be_forced_for_one_page_and_done_again(read, work_off):
    document = read(made(typed, typed))
    for version in (2, 3):
        reprocess(Document.objects.filter(pk=document.pk), pages=(2,), force_ocr=True)
        work_off()
        document.refresh_from_db()
        assert document.version == version
        assert [(p.state, p.reason) for p in document.pages.all()] == [("text", ""), ("ocr", "forced")]
    reprocess(Document.objects.filter(pk=document.pk), pages=(2,))
    work_off()
    assert [p.state for p in Document.objects.get(pk=document.pk).pages.all()] == ["text", "text"]


def test_an_engine_that_cannot_be_had_costs_the_pages_it_would_have_read_and_no_other(read, settings):
    settings.LEXINTEL_OCR_ENGINE, settings.LEXINTEL_OCR_LANGUAGES = "tesseract", "qqq"

    def scan(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(picture()), 0, 0, 612, 792)

    document = read(made(typed, scan))
    assert document.status == "partial"
    assert [(p.state, p.reason) for p in document.pages.all()] == [("text", ""), ("unreadable", "no_text_layer")]


def test_without_an_engine_the_page_is_unreadable_and_says_why(read, settings):
    settings.LEXINTEL_OCR_ENGINE = "none"
    document = read(scanned())
    page = document.pages.get()
    assert (document.status, page.state, page.reason) == ("partial", "unreadable", "no_text_layer")


def test_what_was_read_by_ocr_is_found_by_its_members_only(read, api, alice, charlie):
    read(scanned())
    assert api(alice).get("/api/v1/search/?q=harbour").json()["total"] >= 1
    assert api(charlie).get("/api/v1/search/?q=harbour").json()["total"] == 0


def test_the_decision_is_made_page_by_page():
    def blank(canvas: Canvas) -> None:
        pass

    def drawing(canvas: Canvas) -> None:
        canvas.circle(300, 400, 120)
        canvas.line(100, 100, 500, 700)

    found = pages(made(typed, blank, drawing))
    assert [(p.state, p.reason) for p in found] == [("text", ""), ("blank", ""), ("blank", "drawing")]
