"""Pages as pictures: confined, cached, bounded, and behind the access door."""

import io
import threading

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from documents import storage
from documents.models import Document
from extraction import page_images
from extraction.confinement import page_picture
from extraction.tests.pdf_making import made

PDF = "application/pdf"


def words(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "The goods were delivered in May.")


@pytest.fixture
def document(case, put_in, work_off, fake_embedder) -> Document:
    document = put_in(case, made(words), name="page.pdf")
    work_off()
    document.refresh_from_db()
    return document


def url(document: Document, number: int = 1, query: str = "") -> str:
    return f"/api/v1/documents/{document.pk}/pages/{number}/image/{query}"


def picture(response) -> Image.Image:
    return Image.open(io.BytesIO(response.content))


def test_a_page_comes_as_a_picture_of_the_width_asked_for_or_the_next_larger(document, api, bob):
    response = api(bob).get(url(document, query="?width=300"))
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert picture(response).width == 480
    assert picture(response).convert("L").getextrema()[0] < 100


def test_it_is_drawn_once_and_then_comes_from_the_cache(document, api, bob, monkeypatch):
    first = api(bob).get(url(document))
    monkeypatch.setattr(page_images, "_painter", lambda: pytest.fail("drawn again"))
    again = api(bob).get(url(document))
    assert again.content == first.content
    assert api(bob).get(url(document), headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_threads_come_and_go_and_one_zygote_draws_for_all(document):
    """A web server's thread lives for a request."""
    painter, drawn, zygotes = page_picture.Painter(), [], set()

    def draw() -> None:
        with storage.open_blob(document.sha256) as file:
            drawn.append(painter.paint(file.fileno(), PDF, 1, width=160, points=612, required=False))
        zygotes.add(painter._zygote.process.pid)

    try:
        for _ in range(3):
            thread = threading.Thread(target=draw)
            thread.start()
            thread.join()
    finally:
        painter.close()
    assert len(drawn) == 3 and len(zygotes) == 1


def test_outsiders_get_no_picture_and_no_sign_that_there_is_one(document, api, bob, charlie):
    api(bob).get(url(document))
    assert api(charlie).get(url(document)).status_code == 404
    assert api(None).get(url(document)).status_code == 401


@pytest.mark.parametrize("query", ["?width=0", "?width=x", "?width=99999"])
def test_a_senseless_width_is_refused_with_a_code(document, api, bob, query):
    response = api(bob).get(url(document, query=query))
    assert (response.status_code, response.json()["code"]) == (400, "invalid_width")


def test_a_page_that_does_not_exist_or_has_no_printed_form_is_not_found(document, case, make_document, api, bob):
    assert api(bob).get(url(document, 2)).status_code == 404
    text = make_document(case, ["Only words."])
    response = api(bob).get(url(text))
    assert (response.status_code, response.json()["code"]) == (404, "unsupported_type")


def test_a_missing_original_is_said(document, api, bob):
    page_images.forget(document.sha256)
    storage.place().path_of(document.sha256).unlink()
    response = api(bob).get(url(document))
    assert (response.status_code, response.json()["code"]) == (404, "storage_corrupt")


def test_a_page_of_absurd_size_is_drawn_within_bounds(case, put_in, work_off, fake_embedder, api, bob):
    data = made(lambda c: (c.setPageSize((14_000, 20)), words(c)))
    document = put_in(case, data, name="long.pdf")
    work_off()
    response = api(bob).get(url(document, query="?width=4000"))
    assert response.status_code == 200
    assert max(picture(response).size) <= 4000


def test_the_pictures_looked_at_least_lately_go_first(document, api, bob):
    api(bob).get(url(document, query="?width=160"))
    api(bob).get(url(document, query="?width=900"))
    small, large = sorted(page_images.folder().rglob("*.webp"), key=lambda p: p.stat().st_size)[-2:]
    import os

    os.utime(small, (1, 1))
    assert page_images.shrink(large.stat().st_size) >= 1
    assert large.exists() and not small.exists()


@pytest.mark.django_db(transaction=True)
def test_deleting_the_last_document_with_a_content_deletes_its_pictures(
    case, alice, put_in, work_off, fake_embedder, api
):
    document = put_in(case, made(words), name="gone.pdf")
    work_off()
    api(alice).get(url(document))
    kept = page_images.folder() / document.sha256[:2] / document.sha256
    assert list(kept.glob("*.webp"))
    assert api(alice).delete(f"/api/v1/documents/{document.pk}/").status_code == 204
    assert not list(kept.glob("*.webp"))
