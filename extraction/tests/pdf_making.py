"""Small PDFs for tests."""

import io
from collections.abc import Callable
from typing import Any

from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from extraction.readers import load
from extraction.readers.base import DocumentInfo, Item, Member, PageRead, ReadOptions


def made(*draw: Callable[[Canvas], None], **options: Any) -> bytes:
    """A PDF with one page per function."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=letter, invariant=1, **options)
    for page in draw:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def items(data: bytes, **options: Any) -> list[Item]:
    """What the PDF reader makes of it."""
    return list(load("application/pdf")(io.BytesIO(data), ReadOptions(**options)))


def pages(data: bytes, **options: Any) -> list[PageRead]:
    return [item for item in items(data, **options) if isinstance(item, PageRead)]


def info(data: bytes, **options: Any) -> DocumentInfo:
    return next(item for item in items(data, **options) if isinstance(item, DocumentInfo))


def members(data: bytes) -> list[tuple[str, bytes]]:
    """Embedded files; read while the document is open."""
    reading = load("application/pdf")(io.BytesIO(data), ReadOptions())
    return [(item.path, b"".join(item.pieces)) for item in reading if isinstance(item, Member)]
