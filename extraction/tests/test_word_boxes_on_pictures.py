"""Each word's box, held against the picture of its page: it covers the word's ink and none of another word's.

The picture is the one that people see, drawn by what draws it for them.
"""

import io
import tempfile

import pytest
from PIL import Image

from documents.wordboxes import unpack
from extraction.confinement import page_picture
from extraction.readers import pdf_words
from extraction.tests.pdf_making import pages
from extraction.tests.placed_words import Placed, ink_of, page_of, share_inside

WIDTH = 1000
LETTER = "/MediaBox [0 0 612 792]"
FOUR = [
    Placed("Harbour", "red", 150, 500),
    Placed("agreement", "green", 220, 500),
    Placed("typed", "blue", 150, 484),
    Placed("(1998)".replace("(", r"\(").replace(")", r"\)"), "black", 200, 484),
]


def held_against_its_picture(data: bytes, words: list[Placed]) -> None:
    (page,) = pages(data)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        request = {"number": 1, "width": WIDTH, "points": round(page.width), "media_type": "application/pdf"}
        answer = page_picture.draw(file.fileno(), request)
    assert answer[:1] == b"W"
    picture = Image.open(io.BytesIO(answer[1:]))
    scale = picture.width / page.width
    assert abs(picture.height / page.height - scale) < 0.01 * scale
    boxes = {
        page.text[w.start : w.end]: (w.x0 * scale, w.y0 * scale, w.x1 * scale, w.y1 * scale) for w in unpack(page.words)
    }
    assert set(boxes) == {word.text.replace("\\", "") for word in words}
    ink = ink_of(picture)
    for word in words:
        box = boxes[word.text.replace("\\", "")]
        # What is smoothed at a letter's edge may lie a pixel outside.
        covered = share_inside(ink[word.colour], box, grown=1.0)
        assert covered > 0.98, (word.text, round(covered, 3))
        for other in words:
            if other is not word:
                strange = share_inside(ink[other.colour], box)
                assert strange < 0.03, (word.text, other.text, round(strange, 3))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(
    "boxes",
    [
        LETTER,
        "/MediaBox [100 200 712 992]",
        "/MediaBox [-50 -100 562 692]",
        f"{LETTER} /CropBox [120 300 420 620]",
        "/MediaBox [100 200 712 992] /CropBox [140 420 500 700]",
        # Larger than the media, and with its corners the wrong way round.
        f"{LETTER} /CropBox [-100 -100 900 900]",
        "/MediaBox [612 792 0 0]",
        f"{LETTER} /UserUnit 2.5",
        f"{LETTER} /CropBox [120 300 420 620] /UserUnit 0.5",
    ],
)
def test_boxes_fit_the_picture_however_the_page_is_turned_cropped_and_scaled(boxes, rotate):
    held_against_its_picture(page_of(FOUR, page=f"{boxes} /Rotate {rotate}"), FOUR)


@pytest.mark.parametrize("rotate", [0, 90])
@pytest.mark.parametrize("turn", [90, 180, 270, 30, -12, 3])
def test_boxes_fit_words_that_are_turned_on_the_page(turn, rotate):
    turned = [
        Placed("Harbour", "red", 150, 600, turn),
        Placed("agreement", "green", 420, 600, turn),
        Placed("typed", "blue", 150, 350, turn),
        Placed("later", "black", 420, 350, turn),
    ]
    held_against_its_picture(page_of(turned, page=f"{LETTER} /Rotate {rotate}"), turned)


@pytest.mark.parametrize(
    "kind",
    [
        {"font": "Times-Italic", "size": 30},
        {"font": "Courier-Bold", "size": 7},
        {"more": "3 Tc"},
        {"more": "60 Tz"},
        {"more": "150 Tz"},
        {"more": "6 Ts"},
    ],
)
def test_boxes_fit_slanted_small_spread_narrow_wide_and_raised_letters(kind):
    set_so = [
        Placed("fifty", "red", 150, 600, **kind),
        Placed("agreement", "green", 350, 600, **kind),
        Placed("joined", "blue", 150, 500, **kind),
        Placed("Quay", "black", 350, 500, **kind),
    ]
    held_against_its_picture(page_of(set_so, page=LETTER), set_so)


@pytest.mark.parametrize("matrix", ["1 0 0 1 40 -60", "0.8 0 0 0.8 100 100", "0 1 -1 0 700 50", "1.4 0 0 -1.4 0 792"])
def test_boxes_fit_words_inside_a_form_and_under_a_matrix(matrix):
    held_against_its_picture(page_of(FOUR, page=LETTER, in_form=matrix), FOUR)
    held_against_its_picture(page_of(FOUR, page=LETTER, before=f"{matrix} cm"), FOUR)


def test_a_frame_that_forgot_the_crop_would_be_noticed(monkeypatch):
    data = page_of(FOUR, page=f"{LETTER} /CropBox [120 300 420 620]")
    held_against_its_picture(data, FOUR)
    monkeypatch.setattr(pdf_words.Frame, "of", lambda page: pdf_words.Frame(0, 0, 300, 320, 0))
    with pytest.raises(AssertionError):
        held_against_its_picture(data, FOUR)
