"""What stands on every page besides its text: filing stamps, page numbers, Bates numbers, legends."""

from collections.abc import Sequence
from datetime import date

from reportlab.pdfgen.canvas import Canvas

from extraction.sample.matter import CASE_NUMBER
from extraction.sample.pages import Page
from extraction.sample.typography import BOLD, INCH, SANS, SERIF

STAMP_BLUE = (0.05, 0.1, 0.6)


def filing_stamp(canvas: Canvas, page: Page, number: int, total: int, *, document: int, filed: date) -> None:
    """The line that a court's electronic filing prints over every page."""
    canvas.setFillColorRGB(*STAMP_BLUE)
    canvas.setFont(SANS, 9.5)
    line = f"Case {CASE_NUMBER}   Document {document}   Filed {filed:%m/%d/%y}   Page {number} of {total}"
    canvas.drawCentredString(page.size[0] / 2, page.size[1] - 26, line)
    canvas.setFillGray(0)


def page_number(canvas: Canvas, page: Page, said: str, *, face: str = SERIF, size: float = 11) -> None:
    """A page number (or any short line) in the middle of the foot."""
    canvas.setFont(face, size)
    canvas.drawCentredString(page.size[0] / 2, 0.55 * INCH, said)


def bates_number(canvas: Canvas, page: Page) -> None:
    """The page's production number, at the foot on the right."""
    if page.bates:
        canvas.setFont(BOLD[SANS], 9)
        canvas.drawRightString(page.size[0] - 0.5 * INCH, 0.35 * INCH, page.bates)


def legend(canvas: Canvas, said: str) -> None:
    """A confidentiality legend at the foot on the left."""
    canvas.setFont(BOLD[SANS], 7.5)
    canvas.drawString(0.5 * INCH, 0.35 * INCH, said)


def stamp_bates(pages: Sequence[Page], prefix: str, first: int) -> None:
    """Number the pages of a production, from `first` on."""
    for number, page in enumerate(pages, first):
        page.bates = bates(prefix, number)


def bates(prefix: str, number: int) -> str:
    """`HAL-000123`."""
    return f"{prefix}-{number:06d}"
