"""How a page is cited: “Trevanion Dep. 21:3–16” where its lines are numbered, “Harlow Agreement at 12” elsewhere."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from documents.models import Document, Page

# An ending is short and no number: “Ex. 12” has none.
_ENDING = re.compile(r"(?<=.)\.[A-Za-z][A-Za-z0-9]{1,4}$")
# A longer label is a title, not what people call a page by.
MAX_LABEL = 20


def cite(name: str, page: str, lines: Sequence[int] = (), *, has_lines: bool = False) -> str:
    """`lines` are the numbers of the lines that are meant, the page's are numbered at all if `has_lines`."""
    if not has_lines or not lines:
        return f"{name} at {page}"
    first, last = min(lines), max(lines)
    return f"{name} {page}:{first}" if first == last else f"{name} {page}:{first}–{last}"


def called(document: Document) -> str:
    """The name without its ending."""
    return _ENDING.sub("", document.name)


def page_called(document: Document, page: Page) -> str:
    """What the file itself calls the page if that is a page number of its own (iv), else its number."""
    own = page.label.strip() if document.media_type == "application/pdf" else ""
    return own if 0 < len(own) <= MAX_LABEL else str(page.number)


def lines_of(marks: Iterable[Any], spans: Iterable[tuple[int, int]]) -> list[int]:
    """The numbers of the numbered lines that the spans [start, end) touch."""
    lines = numbered_lines(marks)
    return sorted({n for a, b in spans for start, end, n in lines if start < b and a < end})


def numbered_lines(marks: Iterable[Any]) -> list[tuple[int, int, int]]:
    """(start, end, number) of each numbered line of a page."""
    return [(mark[1], mark[2], int(mark[3])) for mark in marks if mark[0] == "line" and str(mark[3]).isdecimal()]
