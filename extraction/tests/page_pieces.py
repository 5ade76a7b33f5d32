"""What labelled pages are made of: text, stamps, scans, photographs, and text drawn as shapes."""

import random
from functools import cache

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from extraction.tests import labelled_texts as texts

WIDTH, HEIGHT = letter


def write(canvas: Canvas, chosen: random.Random, text: str, *, mode: int = 0, font: str = "", top: float = 720) -> None:
    face, size = font or chosen.choice(["Times-Roman", "Helvetica", "Courier"]), chosen.choice([9, 10, 11, 12, 13])
    written = canvas.beginText(72, top)
    written.setFont(face, size)
    written.setTextRenderMode(mode)
    for line in simpleSplit(text, face, size, WIDTH - 144)[: int((top - 40) / (1.2 * size))]:
        written.textLine(line)
    canvas.drawText(written)


def stamp(canvas: Canvas, chosen: random.Random) -> None:
    for n, said in enumerate(texts.stamps(chosen)):
        canvas.setFont(chosen.choice(["Helvetica", "Times-Roman", "Courier"]), chosen.choice([7, 8, 9, 10]))
        x, y = chosen.choice([(72, 776), (150, 770), (72, 22), (330, 20), (WIDTH - 190, 30)])
        canvas.drawString(x, y + 11 * n, said)


@cache
def scanned(variant: int) -> Image.Image:
    """A grey picture with lines of marks; small, as only its place on the page counts here."""
    numbers = np.random.default_rng(variant)
    pixels = np.full((110, 85), 246, dtype=np.uint8)
    for top in range(10, 100, 4):
        marks = numbers.random((2, int(numbers.integers(30, 66)))) < 0.4
        pixels[top : top + 2, 10 : 10 + marks.shape[1]][marks] = 40
    return Image.fromarray((pixels - numbers.integers(0, 6, pixels.shape)).astype(np.uint8))


@cache
def photograph(variant: int) -> Image.Image:
    numbers = np.random.default_rng(variant)
    small = Image.fromarray(numbers.integers(0, 255, (12, 9, 3), dtype=np.uint8))
    return small.resize((60, 78), Image.Resampling.BICUBIC)


def scan(canvas: Canvas, chosen: random.Random) -> None:
    """Over the page, as one picture, in strips, or within narrow margins."""
    picture = scanned(chosen.randrange(4))
    way = chosen.choice(["whole", "strips", "inset"])
    if way == "strips":
        count = chosen.choice([4, 9, 16])
        for n in range(count):
            strip = picture.crop((0, picture.height * n // count, picture.width, picture.height * (n + 1) // count))
            canvas.drawImage(ImageReader(strip), 0, HEIGHT * (1 - (n + 1) / count), WIDTH, HEIGHT / count)
        return
    edge = chosen.uniform(10, 45) if way == "inset" else 0
    canvas.drawImage(ImageReader(picture), edge, edge, WIDTH - 2 * edge, HEIGHT - 2 * edge)


@cache
def _shape(letter_: str) -> tuple[tuple[int, float, float], ...]:
    """A letter's outline at 1 point, as PDFium has it: (kind, x, y)."""
    document = pdfium.PdfDocument.new()
    font = raw.FPDFText_LoadStandardFont(document.raw, b"Helvetica")
    path = raw.FPDFFont_GetGlyphPath(font, ord(letter_), 1.0)
    found = []
    for n in range(raw.FPDFGlyphPath_CountGlyphSegments(path)):
        segment = raw.FPDFGlyphPath_GetGlyphPathSegment(path, n)
        x, y = raw.c_float(), raw.c_float()
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        found.append((raw.FPDFPathSegment_GetType(segment), x.value, y.value))
    document.close()
    return tuple(found)


def _trace(path, said: str, x: float, y: float, size: float) -> None:
    """The outline of one letter, added to a path."""
    bends: list[float] = []
    for kind, across, up in _shape(said):
        point = (x + across * size, y + up * size)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            path.moveTo(*point)
        elif kind == raw.FPDF_SEGMENT_LINETO:
            path.lineTo(*point)
        else:
            bends += point
            if len(bends) == 6:
                path.curveTo(*bends)
                bends = []


def outline(canvas: Canvas, chosen: random.Random, text: str) -> None:
    """Text as shapes: a path for each letter, or one for each line."""
    size, by_line = chosen.choice([10, 11, 12, 14]), chosen.random() < 0.4
    for n, line in enumerate(simpleSplit(text, "Helvetica", size, WIDTH - 144)[:40]):
        x, path = 72.0, canvas.beginPath()
        for said in line:
            if said.isascii() and not said.isspace():
                _trace(path, said, x, 720 - 1.3 * size * n, size)
            x += pdfmetrics.stringWidth(said, "Helvetica", size)
            if not by_line:
                canvas.drawPath(path, stroke=0, fill=1)
                path = canvas.beginPath()
        if by_line:
            canvas.drawPath(path, stroke=0, fill=1)
