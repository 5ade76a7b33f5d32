"""Pages made to kill whoever draws them: a picture of bounded size, or a code, in time; and the next page is drawn."""

from pathlib import Path

import pytest

from extraction.confinement import page_picture
from extraction.confinement.page_picture import Painter
from extraction.errors import ERRORS, PermanentError
from extraction.tests import pdf_making
from extraction.tests.killers.catalogue import KILLERS

DRAWN = [
    "pdf_page_box_huge", "pdf_page_box_infinite", "pdf_page_box_empty", "pdf_picture_flood", "pdf_pattern_recursion",
    "pdf_form_recursion", "pdf_form_exponential", "pdf_annotations", "pdf_deep_saves", "pdf_content_bomb",
    "png_flood", "png_largest", "png_data_bomb", "jpeg_flood", "jpeg_scans", "gif_flood", "bmp_flood", "webp_flood",
    "tiff_flood", "tiff_loop", "tiff_strips",
]  # fmt: skip
WIDTH, SECONDS, SLACK_S = 600, 3.0, 10


@pytest.fixture(scope="module")
def painter():
    made = Painter()
    yield made
    made.close()


def paint(painter: Painter, path: Path, media_type: str) -> str:
    """The code, "" for a picture."""
    with open(path, "rb") as file:
        try:
            picture = painter.paint(file.fileno(), media_type, 1, width=WIDTH, points=612, required=False)
        except PermanentError as error:
            return error.code
    assert picture.startswith(b"RIFF")
    assert len(picture) < page_picture.MAX_BYTES
    return ""


@pytest.mark.parametrize("name", DRAWN)
def test_a_page_that_kills_is_drawn_or_refused_in_time_and_the_next_is_drawn(painter, name, tmp_path, monkeypatch):
    import time

    monkeypatch.setattr(page_picture, "MAX_SECONDS", SECONDS)
    path, good = tmp_path / "page", tmp_path / "good.pdf"
    KILLERS[name].write(path)
    started = time.monotonic()
    code = paint(painter, path, KILLERS[name].media_type)
    assert time.monotonic() - started < SECONDS + SLACK_S
    assert code == "" or code in ERRORS
    good.write_bytes(pdf_making.made(lambda canvas: canvas.drawString(72, 700, "Words")))
    monkeypatch.setattr(page_picture, "MAX_SECONDS", 30.0)
    assert paint(painter, good, "application/pdf") == ""
