"""Corvane's privilege log: a wide table under the caption."""

from reportlab.pdfgen.canvas import Canvas

from extraction.sample import blocks, marks
from extraction.sample.body import Look, fill
from extraction.sample.matter import DEFENDANT
from extraction.sample.pages import Composer, Page, margins, paint
from extraction.sample.pleading import caption
from extraction.sample.tables import ruled
from extraction.sample.typography import INCH, LANDSCAPE, SERIF

LOOK = Look(leading=17, gap=10)
WIDTHS = (30, 54, 64, 84, 108, 218, 72, 72)


def privilege_log() -> bytes:
    """Corvane's privilege log of June 28, 2024: a page of explanation, then the table across wide pages."""
    *explained, _, table = blocks.load("privilege_log.md")
    composer = Composer(margins(top=0.9 * INCH))
    caption(composer, "CORVANE'S PRIVILEGE LOG", counterclaim=True)
    fill(composer, explained, LOOK, {})
    wide = margins(0.6 * INCH, 0.6 * INCH, 0.8 * INCH, 0.8 * INCH, size=LANDSCAPE)
    composer.start_page(wide, size=LANDSCAPE)
    composer.add(ruled(table.rows, WIDTHS, face=SERIF, size=9.5))
    return paint(composer.pages, _feet, title="Corvane's Privilege Log", author=DEFENDANT)


def _feet(canvas: Canvas, page: Page, number: int, total: int) -> None:
    marks.page_number(canvas, page, f"Corvane’s Privilege Log, {number} of {total}", size=9.5)
