"""Faces, styles, and how the texts' few marks become reportlab's markup."""

import re
from functools import lru_cache
from html import escape

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import landscape, letter
from reportlab.lib.styles import ParagraphStyle

INCH = 72.0
PORTRAIT = letter
LANDSCAPE = landscape(letter)
ALIGN = {"left": TA_LEFT, "right": TA_RIGHT, "center": TA_CENTER, "justify": TA_JUSTIFY}
SERIF, SANS, MONO = "Times-Roman", "Helvetica", "Courier"
BOLD = {SERIF: "Times-Bold", SANS: "Helvetica-Bold", MONO: "Courier-Bold"}
# Where a text carries its footnote.
MARK = "[^]"
_QUOTES = [
    (re.compile(r"(^|[\s(\[—–/*_])\"", re.M), "\\1“"),
    (re.compile(r'"'), "”"),
    (re.compile(r"(^|[\s(\[—–“*_])'", re.M), "\\1‘"),
    (re.compile(r"'"), "’"),
    (re.compile(r" -- "), " – "),
    (re.compile(r"--"), "—"),
]
_SPANS = [
    (re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"\*(.+?)\*"), r"<i>\1</i>"),
    (re.compile(r"__(.+?)__"), r"<u>\1</u>"),
]


def typeset(text: str) -> str:
    """Curly quotes and dashes for straight ones."""
    for pattern, replacement in _QUOTES:
        text = pattern.sub(replacement, text)
    return text


def markup(text: str, note: int | None = None) -> str:
    """A source text as paragraph markup: **bold**, *italic*, __underlined__; `[^]` becomes the note's number."""
    said = escape(typeset(text), quote=False)
    for pattern, replacement in _SPANS:
        said = pattern.sub(replacement, said)
    return said.replace(MARK, f"<super>{note}</super>")


@lru_cache(maxsize=256)
def style(
    face: str = SERIF,
    size: float = 12,
    leading: float = 14,
    *,
    align: str = "left",
    bold: bool = False,
    left: float = 0,
    right: float = 0,
    first: float = 0,
    before: float = 0,
    after: float = 0,
    bullet: float = 0,
) -> ParagraphStyle:
    """A paragraph style, all measures in points; `first` and `bullet` are counted from the left edge."""
    return ParagraphStyle(
        "sample",
        fontName=BOLD[face] if bold else face,
        fontSize=size,
        leading=leading,
        alignment=ALIGN[align],
        leftIndent=left,
        rightIndent=right,
        firstLineIndent=first - left,
        spaceBefore=before,
        spaceAfter=after,
        bulletIndent=bullet,
        bulletFontName=BOLD[face] if bold else face,
        bulletFontSize=size,
        allowWidows=0,
        allowOrphans=0,
        splitLongWords=0,
    )
