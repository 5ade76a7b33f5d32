"""Whether a page needs OCR, and which of two texts of it is kept: decided from evidence, with the reason."""

from dataclasses import dataclass

from extraction.ocr.evidence import PageEvidence
from extraction.ocr.page import OcrPage
from extraction.readers import text_quality

# So many characters are a stamp, a header or a page number, not what a page says. Court stamps and Bates numbers
# have up to 250; a page that says so little is mostly white and has no picture over it.
STAMP_CHARACTERS = 400
# With less than this, even a small picture may be what the page says.
HARDLY_ANY_CHARACTERS = 120
# Words cover more of the page than this wherever they are what it says.
STAMP_SHARE = 0.03
# A picture this large is what the page shows; smaller ones are logos, figures and signatures.
PICTURE_SHARE, ANY_PICTURE_SHARE = 0.4, 0.002
# Glyphs drawn as shapes: fewer are a logo or a drawing.
OUTLINES = 40
UNMAPPED = 0.5
# OCR as sure as this is preferred to a broken text layer.
SURE_ENOUGH = 0.6
# A text that says so much less than the other does not cover the page.
FULL = 0.8


# The reasons for which a page goes through OCR.
NEEDING = frozenset(
    {
        "no_text_layer",
        "garbage_text_layer",
        "unmapped_font",
        "stamp_over_image",
        "picture_beside_stamp",
        "outlined_text",
        "annotations_only",
    }
)


@dataclass(frozen=True)
class Decision:
    """`reason` is a code.

    It needs OCR for: no_text_layer, garbage_text_layer, unmapped_font, stamp_over_image,
    picture_beside_stamp, outlined_text, annotations_only.
    It does not for: text_layer, hidden_text_layer (over its scan), blank, drawing.
    """

    needs: bool
    reason: str


def needs_ocr(page: PageEvidence) -> Decision:
    """Whether this page is to be read by OCR."""
    if page.characters == 0:
        return _without_text(page)
    if page.quality < text_quality.GARBAGE:
        return Decision(True, "garbage_text_layer")
    if page.unmapped > UNMAPPED:
        return Decision(True, "unmapped_font")
    pictured = page.image_share >= PICTURE_SHARE
    if page.hidden_share >= 0.5:
        # The text layer that an OCR made: its words stand where the scan's do, however few they are.
        return Decision(False, "hidden_text_layer" if pictured else "text_layer")
    scarce = page.characters < STAMP_CHARACTERS and page.text_share < STAMP_SHARE
    if scarce and pictured:
        return Decision(True, "stamp_over_image")
    if scarce and page.characters < HARDLY_ANY_CHARACTERS and page.image_share >= ANY_PICTURE_SHARE:
        return Decision(True, "picture_beside_stamp")
    if scarce and page.outlines >= OUTLINES:
        return Decision(True, "outlined_text")
    return Decision(False, "text_layer")


def _without_text(page: PageEvidence) -> Decision:
    if page.image_share >= ANY_PICTURE_SHARE:
        return Decision(True, "no_text_layer")
    if page.outlines >= OUTLINES:
        return Decision(True, "outlined_text")
    if not page.painted:
        return Decision(False, "blank")
    # Notes and stamps put on a page as annotations are seen, but are no part of its text.
    return Decision(True, "annotations_only") if page.annotations else Decision(False, "drawing")


@dataclass(frozen=True)
class Choice:
    """`kept` is text or ocr. `reason` is a code.

    Text is kept for: ocr_found_nothing, text_layer_says_more, ocr_is_no_better. OCR is kept for: forced, no_text_layer,
    text_layer_is_garbage, ocr_says_more.
    """

    kept: str
    reason: str


def better_of(text_layer: str, ocr: OcrPage, *, forced: bool = False) -> Choice:
    """Which text of a page is kept. `forced`: somebody asked for OCR; it is kept if it read anything."""
    if ocr.state != "ocr":
        return Choice("text", "ocr_found_nothing")
    if forced:
        return Choice("ocr", "forced")
    layer_letters, ocr_letters = _letters(text_layer), _letters(ocr.text)
    if not layer_letters:
        return Choice("ocr", "no_text_layer")
    layer_quality, ocr_quality = text_quality.score(text_layer), text_quality.score(ocr.text)
    sure = (ocr.confidence or 0.0) >= SURE_ENOUGH
    if layer_quality < text_quality.GARBAGE:
        better = sure and ocr_quality > layer_quality
        return Choice("ocr", "text_layer_is_garbage") if better else Choice("text", "ocr_is_no_better")
    if layer_letters >= FULL * ocr_letters:
        return Choice("text", "text_layer_says_more" if layer_letters > ocr_letters else "ocr_is_no_better")
    better = sure and ocr_quality >= text_quality.GARBAGE
    return Choice("ocr", "ocr_says_more") if better else Choice("text", "ocr_is_no_better")


def _letters(text: str) -> int:
    return sum(char.isalnum() for char in text)
