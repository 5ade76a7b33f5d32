"""Papers filed with the court or served under its caption: double-spaced, stamped, signed, with footnotes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from extraction.sample import blocks, marks
from extraction.sample.body import Look, Section, fill
from extraction.sample.matter import CASE_NUMBER, DEFENDANT, PLAINTIFF
from extraction.sample.pages import Composer, Page, margins, paint
from extraction.sample.typography import INCH, SERIF, markup, style

COUNTERCLAIMED = date(2024, 3, 5)
DOUBLE = Look()
SINGLE = Look(leading=15, gap=9)
CENTERED_BOLD = style(SERIF, 12, 14, align="center", bold=True)


@dataclass(frozen=True)
class Paper:
    """`title`: as the caption has it. `document`: its number on the docket, 0 if it was served and not filed."""

    text: str
    title: str
    dated: date
    author: str
    document: int = 0
    look: Look = DOUBLE


def captioned(paper: Paper, *, exhibits: Sequence[Page] = (), sections: Mapping[str, Section] | None = None) -> bytes:
    """A captioned paper as PDF, its exhibits' pages behind it."""
    composer = Composer(margins(bottom=1.05 * INCH), section="paper")
    caption(composer, paper.title, counterclaim=paper.dated >= COUNTERCLAIMED)
    fill(composer, blocks.load(paper.text), paper.look, sections or {})
    pages = [*composer.pages, *exhibits]
    return paint(pages, partial(_feet, paper=paper), title=paper.title, author=paper.author)


def caption(composer: Composer, title: str, *, counterclaim: bool) -> None:
    """The court, the parties on the left, the number and the paper's title on the right.

    `counterclaim`: the parties are named by what they are in both directions.
    """
    for line in ("IN THE UNITED STATES DISTRICT COURT", "FOR THE DISTRICT OF EAST MERROW", "PORT AMBRY DIVISION"):
        composer.add(Paragraph(line, CENTERED_BOLD))
    composer.space(16)
    other = (" and<br/>Counterclaim Defendant", " and<br/>Counterclaim Plaintiff") if counterclaim else ("", "")
    role = style(SERIF, 12, 14, left=80, first=80, before=6, after=8)
    left = [
        Paragraph(f"{PLAINTIFF.upper()},", style()),
        Paragraph(f"Plaintiff{other[0]},", role),
        Paragraph("v.", style(SERIF, 12, 14, left=40, first=40, after=8)),
        Paragraph(f"{DEFENDANT.upper()},", style()),
        Paragraph(f"Defendant{other[1]}.", role),
    ]
    right = [
        Paragraph(f"Civil Action No. {CASE_NUMBER}", style(SERIF, 12, 14, before=14, after=18)),
        Paragraph(markup(title), style(SERIF, 12, 14, bold=True)),
    ]
    rail = Paragraph("<br/>".join(")" * 11), style(SERIF, 12, 14, align="center"))
    look = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    composer.add(Table([[left, rail, right]], colWidths=[228, 20, 220], style=look))
    composer.space(14)


def exhibit_sheet(letter: str) -> Page:
    """The sheet before an exhibit."""
    composer = Composer(margins())
    composer.add(Paragraph("&nbsp;", style(SERIF, 12, 14, after=230)))
    composer.add(Paragraph(f"EXHIBIT {letter}", style(SERIF, 34, 40, align="center", bold=True)))
    return composer.pages[0]


def _feet(canvas: Canvas, page: Page, number: int, total: int, *, paper: Paper) -> None:
    if paper.document:
        marks.filing_stamp(canvas, page, number, total, document=paper.document, filed=paper.dated)
    if page.section == "paper":
        marks.page_number(canvas, page, str(number) if paper.document else f"- {number} -")
    marks.bates_number(canvas, page)
