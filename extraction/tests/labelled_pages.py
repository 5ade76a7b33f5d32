"""PDF pages of every kind that a case holds, each with whether it needs OCR: made in code, different for every seed."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from extraction.tests import labelled_texts as texts
from extraction.tests import page_pieces
from extraction.tests.page_pieces import HEIGHT, WIDTH
from extraction.tests.pdf_making import made

JAPANESE = "HeiseiMin-W3"
pdfmetrics.registerFont(UnicodeCIDFont(JAPANESE))
Draw = Callable[[Canvas, random.Random], None]


@dataclass(frozen=True)
class LabelledPage:
    kind: str
    needs: bool
    pdf: bytes


def labelled(seed: int, of_each: int) -> list[LabelledPage]:
    """So many pages of each kind."""
    return [
        LabelledPage(draw.__name__, needs, _page(draw, random.Random(f"{seed} {draw.__name__} {n}")))
        for needs, draws in ((True, NEEDING), (False, NOT_NEEDING))
        for draw in draws
        for n in range(of_each)
    ]


def _page(draw: Draw, chosen: random.Random) -> bytes:
    return made(lambda canvas: draw(canvas, chosen))


# ── pages that need OCR


def scan(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.scan(canvas, chosen)


def photograph(canvas: Canvas, chosen: random.Random) -> None:
    # What a picture says is not known before it is looked at.
    width = chosen.uniform(300, 560)
    canvas.drawImage(ImageReader(page_pieces.photograph(chosen.randrange(3))), 25, 60, width, width * 1.2)


def scan_with_garbage_behind(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.scan(canvas, chosen)
    page_pieces.write(canvas, chosen, texts.garbage(chosen, texts.prose(chosen, chosen.randint(60, 350))), mode=3)


def text_of_a_font_that_lies(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.write(canvas, chosen, texts.garbage(chosen, texts.prose(chosen, chosen.randint(60, 350))))


def stamp_over_a_scan(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.scan(canvas, chosen)
    page_pieces.stamp(canvas, chosen)


def text_as_outlines(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.outline(canvas, chosen, texts.prose(chosen, chosen.randint(25, 200)))


def text_as_outlines_with_a_stamp(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.outline(canvas, chosen, texts.prose(chosen, chosen.randint(60, 200)))
    page_pieces.stamp(canvas, chosen)


def scanned_clipping_with_a_stamp(canvas: Canvas, chosen: random.Random) -> None:
    height = chosen.uniform(60, 250)
    canvas.drawImage(ImageReader(page_pieces.scanned(chosen.randrange(4))), 100, 400, 400, height)
    canvas.setFont("Helvetica", 9)
    canvas.drawString(72, 30, texts.stamps(chosen)[0][:60])


# ── pages that do not


def prose(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.write(canvas, chosen, texts.prose(chosen, chosen.randint(80, 600)))


def loud_prose(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.write(canvas, chosen, texts.prose(chosen, chosen.randint(40, 300)).upper())


def foreign_language(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.write(canvas, chosen, texts.foreign(chosen))


def other_script(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.write(canvas, chosen, texts.other_script(chosen), font=JAPANESE)


def scan_with_good_text_behind(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.scan(canvas, chosen)
    page_pieces.write(canvas, chosen, texts.prose(chosen, chosen.randint(60, 500)), mode=3)
    if chosen.random() < 0.5:
        page_pieces.stamp(canvas, chosen)


def scan_over_good_text(canvas: Canvas, chosen: random.Random) -> None:
    # As some programs do it: the words are painted first, and the scan over them.
    page_pieces.write(canvas, chosen, texts.prose(chosen, chosen.randint(120, 500)))
    page_pieces.scan(canvas, chosen)


def scanned_slip_sheet_with_its_text(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.scan(canvas, chosen)
    page_pieces.write(canvas, chosen, f"EXHIBIT {chosen.choice('ABCDEFGH')}", mode=3)


def ledger(canvas: Canvas, chosen: random.Random) -> None:
    rows, size = texts.figures(chosen, chosen.randint(8, 50)), chosen.choice([8, 9, 10])
    canvas.setFont(chosen.choice(["Helvetica", "Courier"]), size)
    for n, row in enumerate(rows):
        for column, cell in enumerate(row):
            canvas.drawString(72 + 120 * column, 730 - 1.3 * size * n, cell)
    if chosen.random() < 0.5:
        for n in range(len(rows) + 1):
            canvas.line(70, 740 - 1.3 * size * n, 540, 740 - 1.3 * size * n)


def codes(canvas: Canvas, chosen: random.Random) -> None:
    canvas.setFont("Helvetica", 10)
    for n, code in enumerate(texts.codes(chosen, chosen.randint(10, 50))):
        canvas.drawString(72, 740 - 13 * n, code)


def contents(canvas: Canvas, chosen: random.Random) -> None:
    canvas.setFont("Times-Roman", 11)
    for n in range(chosen.randint(6, 35)):
        title = texts.prose(chosen, chosen.randint(2, 7))
        canvas.drawString(72, 720 - 16 * n, f"{n + 1}.  {title} {'.' * chosen.randint(20, 50)} {chosen.randint(1, 90)}")


def short_page(canvas: Canvas, chosen: random.Random) -> None:
    canvas.setFont(chosen.choice(["Times-Bold", "Helvetica"]), chosen.choice([12, 24, 48]))
    kinds = [
        f"EXHIBIT {chosen.choice('ABCDEFGH')}",
        f"Tab {chosen.randint(1, 60)}",
        "[This page intentionally left blank]",
    ]
    canvas.drawCentredString(WIDTH / 2, chosen.uniform(300, 600), chosen.choice([*kinds, "APPENDIX", "VOLUME II"]))
    if chosen.random() < 0.5:
        canvas.rect(72, 72, WIDTH - 144, HEIGHT - 144)
    if chosen.random() < 0.5:
        page_pieces.stamp(canvas, chosen)


def header_only(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.stamp(canvas, chosen)
    canvas.setFont("Times-Roman", 10)
    canvas.drawCentredString(WIDTH / 2, 40, str(chosen.randint(1, 200)))


def blank(canvas: Canvas, chosen: random.Random) -> None:
    way = chosen.randrange(3)
    if way == 1:
        canvas.setFillGray(1)
        canvas.rect(0, 0, WIDTH, HEIGHT, stroke=0, fill=1)
    elif way == 2:
        canvas.drawString(72, 700, " " * chosen.randint(1, 5))


def drawing(canvas: Canvas, chosen: random.Random) -> None:
    """Lines, circles and boxes, as of a plan."""
    for _ in range(chosen.randint(3, 80)):
        x, y = chosen.uniform(60, 500), chosen.uniform(60, 700)
        thing = chosen.randrange(3)
        if thing == 0:
            canvas.line(x, y, chosen.uniform(60, 550), chosen.uniform(60, 730))
        elif thing == 1:
            canvas.circle(x, y, chosen.uniform(3, 80))
        else:
            canvas.rect(x, y, chosen.uniform(5, 90), chosen.uniform(5, 60))


def chart(canvas: Canvas, chosen: random.Random) -> None:
    """A curve of many points with marks on it, axes, and figures beside them."""
    canvas.line(90, 200, 90, 600)
    canvas.line(90, 200, 540, 200)
    path, y = canvas.beginPath(), chosen.uniform(300, 500)
    path.moveTo(90, y)
    points, marks = chosen.choice([200, 900, 2500]), chosen.choice([10, 25, 100])
    for n in range(points):
        y = min(590.0, max(210.0, y + chosen.gauss(0, 4)))
        path.lineTo(90 + 450 * n / points, y)
        if n % (points // marks) == 0:
            canvas.circle(90 + 450 * n / points, y, 2.5, fill=1)
    canvas.drawPath(path)
    if chosen.random() < 0.6:
        canvas.setFont("Helvetica", 8)
        for n in range(9):
            canvas.drawString(66, 200 + 45 * n, str(n * chosen.choice([5, 10, 250])))
            canvas.drawString(90 + 50 * n, 186, str(2015 + n))


def letter_with_a_logo(canvas: Canvas, chosen: random.Random) -> None:
    canvas.drawImage(ImageReader(page_pieces.photograph(chosen.randrange(3))), 72, 700, chosen.uniform(40, 110), 50)
    page_pieces.write(canvas, chosen, texts.prose(chosen, chosen.randint(40, 300)), top=660)


def text_around_a_photograph(canvas: Canvas, chosen: random.Random) -> None:
    page_pieces.write(canvas, chosen, texts.prose(chosen, chosen.randint(120, 180)))
    canvas.drawImage(ImageReader(page_pieces.photograph(chosen.randrange(3))), 72, 60, chosen.uniform(250, 470), 380)


NEEDING: tuple[Draw, ...] = (
    scan,
    photograph,
    scan_with_garbage_behind,
    text_of_a_font_that_lies,
    stamp_over_a_scan,
    text_as_outlines,
    text_as_outlines_with_a_stamp,
    scanned_clipping_with_a_stamp,
)
NOT_NEEDING: tuple[Draw, ...] = (
    prose,
    loud_prose,
    foreign_language,
    other_script,
    scan_with_good_text_behind,
    scan_over_good_text,
    scanned_slip_sheet_with_its_text,
    ledger,
    codes,
    contents,
    short_page,
    header_only,
    blank,
    drawing,
    chart,
    letter_with_a_logo,
    text_around_a_photograph,
)
