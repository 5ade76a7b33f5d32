"""Words that OCR read, held against the ink they were drawn with: on straight, crooked and lying scans."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from documents.wordboxes import unpack
from extraction.ocr import Engine, EngineUnavailable, make_engine
from extraction.ocr.page import recognise_page
from extraction.tests.placed_words import share_inside

DPI = 200
POINT = DPI / 72
LINES = [
    "Harbour office ledger number seven",
    "The buyer rejected twelve crates",
    "Payment became due within thirty days",
    "Nobody signed without counsel present",
    "Delivery slipped because storms closed",
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        yield make_engine("rapidocr", "eng")
    except EngineUnavailable:
        pytest.skip("no OCR engine is installed")


def scan(skew: float, quarters: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A page, crooked by so many degrees and turned by so many quarters, and each word's ink as rows of (x, y)."""
    font = ImageFont.load_default(44)
    page, ink = Image.new("L", (1240, 900), 255), {}
    for number, line in enumerate(LINES):
        x = 110.0
        for word in line.split():
            alone = Image.new("L", page.size, 255)
            ImageDraw.Draw(alone).text((x, 120 + 130 * number), word, font=font, fill=0)
            x += font.getlength(word + " ")
            crooked = alone.rotate(skew, Image.Resampling.BICUBIC, fillcolor=255).rotate(90 * quarters, expand=True)
            ink[word] = np.argwhere(np.asarray(crooked) < 100)[:, ::-1] + 0.5
            page.paste(0, mask=alone.point(lambda shade: 255 - shade))
    turned = page.rotate(skew, Image.Resampling.BICUBIC, fillcolor=255).rotate(90 * quarters, expand=True)
    return np.asarray(turned), ink


@pytest.mark.parametrize(("skew", "quarters"), [(0, 0), (2.5, 0), (-4, 0), (1.5, 1)])
def test_boxes_fit_the_ink_of_scanned_words_however_crooked_the_scan(engine, skew, quarters):
    pixels, ink = scan(skew, quarters)
    height, width = pixels.shape
    page = recognise_page(lambda dpi: pixels, width / POINT, height / POINT, engine)
    boxes = {
        page.text[w.start : w.end]: (w.x0 * POINT, w.y0 * POINT, w.x1 * POINT, w.y1 * POINT) for w in unpack(page.words)
    }
    assert len(set(boxes) & set(ink)) >= 0.9 * len(ink)
    for word in set(boxes) & set(ink):
        # The engine tells where letters stand to about a fifth of one.
        covered = share_inside(ink[word], boxes[word], grown=3.0)
        assert covered > 0.95, (word, round(covered, 3))
        strange = max(share_inside(ink[other], boxes[word]) for other in ink if other != word)
        assert strange < 0.05, (word, round(strange, 3))
