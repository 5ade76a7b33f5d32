"""Papers that went through a scanner or a fax: pictures of text, with their dirt, which only OCR can read.

The face lies in reportlab's wheel, so that the pictures do not depend on what the machine has installed.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extraction.sample import blocks
from extraction.sample.pages import FICTIONAL, PRODUCER
from extraction.sample.typography import PORTRAIT

FACES = Path(reportlab.__file__).parent / "fonts"
SCAN_DPI = 200
# Fax, fine: 8.64 inches of 1,728 dots; the paper is cut to the length of a letter.
FAX_DPI, FAX_SIZE = (204, 196), (1728, 2156)


def scanned(text: str, title: str) -> bytes:
    """A PDF whose pages are pictures, each put on the glass a little askew."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=PORTRAIT, invariant=1)
    canvas.setTitle(title)
    canvas.setSubject(FICTIONAL)
    canvas.setCreator(PRODUCER)
    for number, page in enumerate(_pages(text), 1):
        size = (round(8.5 * SCAN_DPI), 11 * SCAN_DPI)
        canvas.drawImage(ImageReader(io.BytesIO(_scan(_paper(page, size, SCAN_DPI), number))), 0, 0, *PORTRAIT)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def fax(text: str, header: str) -> bytes:
    """A TIFF of black and white pages as a fax machine gives them, with its line over each."""
    pages = list(_pages(text))
    sent = [_fax(page, f"{header}   P.{n}/{len(pages)}", n) for n, page in enumerate(pages, 1)]
    out = io.BytesIO()
    sent[0].save(out, "TIFF", compression="group4", dpi=FAX_DPI, save_all=True, append_images=sent[1:])
    return out.getvalue()


def photograph(text: str) -> bytes:
    """A PNG of a sheet that hangs somewhere, slightly out of focus."""
    size = (900, 560)
    picture = _scan_noise(_paper(next(_pages(text)), size, 130, margin=0.5), seed=9, amount=5)
    out = io.BytesIO()
    # Few greys: noise does not compress.
    picture.point(lambda grey: grey // 16 * 17).save(out, "PNG", optimize=False)
    return out.getvalue()


def _pages(text: str) -> Iterator[str]:
    return iter(blocks.source(text).split("^L\n"))


def _paper(text: str, size: tuple[int, int], dpi: int, *, margin: float = 1.0) -> Image.Image:
    """`# ` begins a heading, `---` rules a line; words after a wide gap stand at the tab."""
    picture = Image.new("L", size, 255)
    draw = ImageDraw.Draw(picture)
    plain, bold = (ImageFont.truetype(str(FACES / face), round(dpi * 0.16)) for face in ("Vera.ttf", "VeraBd.ttf"))
    left, y, step = round(margin * dpi), round(margin * dpi), round(dpi * 0.27)
    for line in text.splitlines():
        if line == "---":
            draw.line((left, y + step // 2, size[0] - left, y + step // 2), fill=0, width=max(2, dpi // 80))
        elif line.startswith("# "):
            draw.text((left, y), line[2:], font=bold, fill=0)
        else:
            label, gap, rest = line.partition("   ")
            draw.text((left, y), label, font=plain, fill=0)
            # Where the tab is too near, what follows stands behind it.
            tab = max(left + round(1.7 * dpi), left + round(draw.textlength(label, font=plain)) + dpi // 3)
            draw.text((tab, y), rest.strip() if gap else "", font=plain, fill=0)
        y += step
    return picture


def _scan(paper: Image.Image, number: int) -> bytes:
    turned = paper.rotate((0.7, -0.5)[number % 2], Image.Resampling.BICUBIC, fillcolor=250)
    out = io.BytesIO()
    _scan_noise(turned, seed=number, amount=6).save(out, "JPEG", quality=45)
    return out.getvalue()


def _scan_noise(picture: Image.Image, *, seed: int, amount: float) -> Image.Image:
    dice = np.random.default_rng(seed)
    grey = np.asarray(picture, dtype=np.float32) * 0.86 + 22 + dice.normal(0, amount, picture.size[::-1])
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


def _fax(text: str, header: str, number: int) -> Image.Image:
    picture = _paper(text, FAX_SIZE, 200)
    small = ImageFont.truetype(str(FACES / "Vera.ttf"), 26)
    ImageDraw.Draw(picture).text((60, 24), header, font=small, fill=0)
    dots = np.asarray(picture.rotate(0.3, Image.Resampling.BICUBIC, fillcolor=255)) > 140
    # The line drops dots of the letters and adds some to the paper.
    dots ^= np.random.default_rng(number).random(dots.shape) < 0.0015
    return Image.fromarray(dots)
