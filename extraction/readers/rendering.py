"""A page as a picture: for OCR, and for people to look at. Bounded, whatever the file says of its size."""

from typing import BinaryIO

import pypdfium2 as pdfium
from PIL import Image

from extraction.errors import PermanentError
from extraction.readers import image, pdf_annotations
from extraction.readers.pdf_opening import open_pdf

POINTS_PER_INCH = 72.0
MAX_SIDE, MAX_PIXELS = 4_000, 16_000_000
PICTURES = frozenset({"image/png", "image/jpeg", "image/tiff", "image/gif", "image/webp", "image/bmp"})


def has_pages_to_show(media_type: str) -> bool:
    """Whether pages of this media type have a printed form that can be shown."""
    return media_type == "application/pdf" or media_type in PICTURES


def render(file: BinaryIO, media_type: str, number: int, dpi: float, password: str | None = None) -> Image.Image:
    """Page `number` (1-based) upright as the file says, RGB or L.

    Raises PermanentError(unsupported_type | encrypted | corrupt | resource_memory).
    """
    if media_type in PICTURES:
        return image.render(file, number, dpi, password)
    if media_type != "application/pdf":
        raise PermanentError("unsupported_type")
    try:
        document, _ = open_pdf(file, password)
        with document:
            pdf_annotations.prepare(document)
            page, _ = pdf_annotations.open_page(document, number - 1)
            width, height = page.get_size()
            return page.render(scale=_scale(width, height, dpi), may_draw_forms=False).to_pil()
    except pdfium.PdfiumError:
        raise PermanentError("corrupt") from None
    except IndexError:
        raise PermanentError("corrupt", "no such page") from None


def _scale(width: float, height: float, dpi: float) -> float:
    wanted = dpi / POINTS_PER_INCH
    longest, area = max(width, height, 1.0), max(width * height, 1.0)
    return min(wanted, MAX_SIDE / longest, (MAX_PIXELS / area) ** 0.5)
