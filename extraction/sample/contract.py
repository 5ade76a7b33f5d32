"""The agreement and its amendment: cover, contents, articles, signatures, exhibits, Bates numbers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from extraction.sample import blocks, marks
from extraction.sample.blocks import Block
from extraction.sample.body import Look, Section, fill
from extraction.sample.matter import DEFENDANT, PLAINTIFF
from extraction.sample.pages import Composer, Page, margins, paint
from extraction.sample.typography import BOLD, INCH, SERIF, markup, style

LOOK = Look(size=11.5, leading=15.2, gap=8, first=0, align="justify", hanging=38)
WIDE = replace(LOOK, size=12, leading=16.5, gap=9)
COVER = Look(size=15, leading=20, gap=14)
AGREEMENT_BATES, AMENDMENT_BATES = 1, 41


def agreement() -> bytes:
    """The Master Equipment Supply and Services Agreement."""
    parts = [*blocks.load("agreement_terms.md"), *blocks.load("agreement_risk.md")]
    cover, terms = _split(parts, "contents")
    front = Composer(margins(), section="cover")
    fill(front, cover, COVER, {"cover": partial(_drop, points=150)})
    text = Composer(margins(), section="text")
    articles: list[tuple[str, int]] = []
    for block in terms:
        fill(text, [block], LOOK, SECTIONS)
        if (block.kind == "heading" and block.text.startswith("ARTICLE")) or block.text.startswith("EXHIBIT"):
            articles.append((block.text.replace("\n", ". "), len(text.pages)))
    contents = _contents(articles)
    pages = [*front.pages, *contents, *text.pages]
    marks.stamp_bates(pages, "HAL", AGREEMENT_BATES)
    name = "Master Equipment Supply and Services Agreement"
    return paint(pages, partial(_feet, name=name), title=name, author=PLAINTIFF)


def amendment() -> bytes:
    """Amendment No. 1."""
    composer = Composer(margins(), section="text")
    sections: dict[str, Section] = {**SECTIONS, "signatures": partial(_signatures, dated=date(2022, 11, 18))}
    fill(composer, blocks.load("amendment.md"), WIDE, sections)
    marks.stamp_bates(composer.pages, "HAL", AMENDMENT_BATES)
    return paint(
        composer.pages,
        partial(_feet, name="Amendment No. 1"),
        title="Amendment No. 1 to the Master Equipment Supply and Services Agreement",
        author=DEFENDANT,
    )


def _split(parts: list[Block], section: str) -> tuple[list[Block], list[Block]]:
    at = next(n for n, block in enumerate(parts) if block.kind == "section" and block.label == section)
    return parts[:at], parts[at + 1 :]


def _contents(articles: list[tuple[str, int]]) -> list[Page]:
    composer = Composer(margins(), section="contents")
    composer.add(Paragraph("TABLE OF CONTENTS", style(SERIF, 12, 15, align="center", bold=True, after=16)))
    plain, right = style(SERIF, 11, 14), style(SERIF, 11, 14, align="right")
    rows = [[Paragraph(markup(name), plain), Paragraph(str(page), right)] for name, page in articles]
    composer.add(Table(rows, colWidths=[composer.width - 50, 50]))
    return composer.pages


def _drop(composer: Composer, points: float) -> None:
    composer.add(Paragraph("&nbsp;", style(SERIF, 12, 14, after=points)))


def _new_page(composer: Composer) -> None:
    composer.start_page()


def _nothing(composer: Composer) -> None:
    """The text goes on where it is."""


def _signatures(composer: Composer, dated: date = date(2022, 3, 14)) -> None:
    said = f"{dated:%B} {dated.day}, {dated.year}"
    columns = [
        _signature_lines(PLAINTIFF.upper(), "Sunniva Halden", "President", said),
        _signature_lines(DEFENDANT.upper(), "Gideon Pryce", "Vice President, Projects and Services", said),
    ]
    composer.space(14)
    half = composer.width / 2
    composer.add(Table([columns], colWidths=[half, half], style=[("VALIGN", (0, 0), (-1, -1), "TOP")]))


def _signature_lines(party: str, name: str, position: str, dated: str) -> list[Paragraph]:
    plain = style(SERIF, 10.5, 17)
    lines = [f"By: /s/ {name}", f"Name: {name}", f"Title: {position}", f"Date: {dated}"]
    return [Paragraph(party, style(SERIF, 10.5, 14, bold=True, after=14)), *(Paragraph(said, plain) for said in lines)]


SECTIONS: Mapping[str, Section] = {
    "terms": _nothing,
    "signatures": _signatures,
    "exhibits": _new_page,
}


def _feet(canvas: Canvas, page: Page, number: int, total: int, *, name: str) -> None:
    if page.section == "text":
        offset = 2 if name.startswith("Master") else 0
        canvas.setFont(SERIF, 9)
        canvas.drawString(INCH, 0.62 * INCH, name)
        canvas.drawRightString(page.size[0] - INCH, 0.62 * INCH, f"Page {number - offset} of {total - offset}")
    elif page.section == "contents":
        canvas.setFont(BOLD[SERIF], 9)
        canvas.drawCentredString(page.size[0] / 2, 0.62 * INCH, "i")
    marks.bates_number(canvas, page)
    marks.legend(canvas, "CONFIDENTIAL")
