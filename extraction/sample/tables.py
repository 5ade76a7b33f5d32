"""Ruled tables."""

import re
from collections.abc import Sequence
from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Paragraph, Table

from extraction.sample.typography import BOLD, SANS, markup, style

SHADE = (0.9, 0.92, 0.94)
PADDING = 4.0
# A cell with more characters than this runs over lines.
WIDE_CELL = 60
FIGURE = re.compile(r"[$+-]?\d[\d,.]*( ?(%|°F|psig|min))?")


def ruled(
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    align: str = "",
    face: str = SANS,
    size: float = 9,
    head: int = 1,
    total: bool = False,
    before: float = 6,
    after: float = 10,
) -> Table:
    """A table with every cell ruled, its first `head` rows repeated on each page.

    `widths` in points. `align`: a letter for each column, l, c or r (default l). `total`: the last row is a sum.
    """
    sides = {"l": "left", "c": "center", "r": "right"}
    letters = align or "l" * len(widths)
    leading = size * 1.22
    styles = [style(face, size, leading, align=sides[a]) for a in letters]
    heads = [style(face, size, leading, align="center" if a == "c" else sides[a], bold=True) for a in letters]
    bold = [style(face, size, leading, align=sides[a], bold=True) for a in letters]
    last = len(rows) - 1

    def style_of(row: int, column: int) -> ParagraphStyle:
        return heads[column] if row < head else bold[column] if total and row == last else styles[column]

    cells = [
        [Paragraph(markup(said), style_of(r, c)) if said else "" for c, said in enumerate(row)]
        for r, row in enumerate(rows)
    ]
    look: list[tuple[Any, ...]] = [
        ("GRID", (0, 0), (-1, -1), 0.6, (0, 0, 0)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("FONT", (0, 0), (-1, -1), face, size),
        ("FONT", (0, 0), (-1, head - 1), BOLD[face], size),
    ]
    if head:
        look.append(("BACKGROUND", (0, 0), (-1, head - 1), SHADE))
    if len(rows) > head + 2:
        # The sum does not stand alone on a page.
        look.append(("NOSPLIT", (0, -3), (-1, -1)))
    return Table(cells, colWidths=list(widths), repeatRows=head, style=look, spaceBefore=before, spaceAfter=after)


def fitted(
    rows: Sequence[Sequence[str]], width: float, *, face: str = SANS, size: float = 9, total: bool = False
) -> Table:
    """A ruled table over the whole width: no word is cut, long texts get wide columns, figures stand to the right."""
    columns = list(zip(*rows, strict=True))
    least = [max(_widest_word(cell, face, size) for cell in column) + 2 * PADDING + 1 for column in columns]
    shares = [min(max(map(len, column)), WIDE_CELL) for column in columns]
    spare = width - sum(least)
    widths = [low + spare * share / sum(shares) for low, share in zip(least, shares, strict=True)]
    align = "".join("r" if all(map(_is_figure, column[1:])) else "l" for column in columns)
    return ruled(rows, widths, align=align, face=face, size=size, total=total)


def _widest_word(cell: str, face: str, size: float) -> float:
    return max((stringWidth(word, BOLD[face], size) for word in cell.split()), default=0.0)


def _is_figure(cell: str) -> bool:
    return cell in ("", "–") or FIGURE.fullmatch(cell) is not None
