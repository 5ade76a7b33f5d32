"""Files to add, made here."""

import io
from typing import Any

from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

LINES = 45


def pdf(pages: int, *, phrase: str = "", on_page: int = 1) -> bytes:
    """A PDF whose pages are full of text; one of them holds the phrase."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter)
    for page in range(1, pages + 1):
        for line in range(LINES):
            said = (
                f"{page}.{line}  The charterer shall pay demurrage at the rate agreed for every day or part of a day."
            )
            canvas.drawString(54, 740 - 15 * line, phrase if phrase and (page, line) == (on_page, 20) else said)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def upload(name: str, content: bytes, kind: str = "application/octet-stream") -> dict[str, Any]:
    """A file as Playwright's inputs and requests take it."""
    return {"name": name, "mimeType": kind, "buffer": content}
