"""Letters on letterhead, and the minutes of a meeting."""

from dataclasses import dataclass
from functools import partial

from reportlab.pdfgen.canvas import Canvas

from extraction.sample import blocks, marks
from extraction.sample.body import Look, fill
from extraction.sample.matter import DEFENDANT, PLAINTIFF
from extraction.sample.pages import Composer, Page, margins, paint
from extraction.sample.typography import BOLD, INCH, SANS, SERIF

LETTER = Look(size=11, leading=13.8, gap=8.5, first=0)
ENCLOSURE = Look(face=SANS, size=10.5, leading=13.5, gap=8, first=0, table_size=8.5)
MINUTES = Look(face=SANS, size=11, leading=15.5, gap=11, first=0, hanging=24, heading_align="left", table_size=9.5)
HEAD_COLORS = {PLAINTIFF: (0.07, 0.27, 0.42), DEFENDANT: (0.45, 0.1, 0.1)}


@dataclass(frozen=True)
class Letterhead:
    company: str
    lines: tuple[str, ...]


HALDEN = Letterhead(PLAINTIFF, ("1400 Breakwater Road, Port Ambry, Merrow", "Office of the General Counsel"))
CORVANE = Letterhead(DEFENDANT, ("77 Foundry Lane, Kestrel Falls, Lowden", "Legal Department"))


@dataclass(frozen=True)
class Letter:
    """`running`: what stands over the pages after the first. `bates`: prefix and first number."""

    text: str
    head: Letterhead
    title: str
    author: str
    running: str
    bates: tuple[str, int]


def letter(sent: Letter) -> bytes:
    """A letter as PDF, with its enclosure if the text has one."""
    later = margins(top=1.15 * INCH, bottom=0.95 * INCH)
    composer = Composer(margins(top=1.9 * INCH, bottom=0.95 * INCH), later=later, section="letter")
    parts = blocks.load(sent.text)
    end = next((n for n, block in enumerate(parts) if block.label == "enclosure"), len(parts))
    fill(composer, parts[:end], LETTER, {})
    if end < len(parts):
        composer.start_page(margins(top=INCH, left=0.8 * INCH, right=0.8 * INCH), section="enclosure")
        fill(composer, parts[end + 1 :], ENCLOSURE, {})
    marks.stamp_bates(composer.pages, *sent.bates)
    return paint(composer.pages, _feet, heads=partial(_letter_heads, sent=sent), title=sent.title, author=sent.author)


def _letter_heads(canvas: Canvas, page: Page, number: int, total: int, *, sent: Letter) -> None:
    if number == 1:
        _letterhead(canvas, page, sent.head)
    elif page.section == "letter":
        canvas.setFont(SERIF, 10)
        canvas.drawString(INCH, page.size[1] - 0.8 * INCH, f"{sent.running} – Page {number}")


def _feet(canvas: Canvas, page: Page, number: int, total: int) -> None:
    if page.section == "minutes":
        marks.page_number(canvas, page, f"Page {number} of {total}", face=SANS, size=8.5)
    marks.bates_number(canvas, page)


def _letterhead(canvas: Canvas, page: Page, head: Letterhead) -> None:
    canvas.setFillColorRGB(*HEAD_COLORS[head.company])
    canvas.setFont(BOLD[SERIF], 17)
    y = page.size[1] - 0.9 * INCH
    canvas.drawString(INCH, y, head.company)
    canvas.setFont(SERIF, 9.5)
    for line in head.lines:
        y -= 13
        canvas.drawString(INCH, y, line)
    canvas.setStrokeColorRGB(*HEAD_COLORS[head.company])
    canvas.setLineWidth(1.2)
    canvas.line(INCH, y - 9, page.size[0] - INCH, y - 9)
    canvas.setFillGray(0)
    canvas.setStrokeGray(0)


def minutes() -> bytes:
    """The minutes of the operations meeting of June 29, 2023, as they were sent out."""
    composer = Composer(margins(top=1.1 * INCH), section="minutes")
    fill(composer, blocks.load("minutes.md"), MINUTES, {})
    marks.stamp_bates(composer.pages, "COR", 753)
    return paint(
        composer.pages, _feet, heads=_minutes_heads, title="WH3 Minutes 2023-06-29 final", author="O. Lindqvist"
    )


def _minutes_heads(canvas: Canvas, page: Page, number: int, total: int) -> None:
    canvas.setFont(SANS, 8.5)
    canvas.drawString(INCH, page.size[1] - 0.7 * INCH, "Corvane Refrigeration Systems, Inc. / Site 0317 Warehouse 3")
    canvas.drawRightString(page.size[0] - INCH, page.size[1] - 0.7 * INCH, "Minutes of June 29, 2023")
