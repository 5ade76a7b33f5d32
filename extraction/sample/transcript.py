"""Depositions: 25 numbered lines a page, questions and answers, so that page and line can be cited.

One text becomes pages of lines; they are set as PDF, as a reporter delivers them, or as the plain text that comes
along with it.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from reportlab.pdfgen.canvas import Canvas

from extraction.sample.blocks import source
from extraction.sample.matter import CASE_NUMBER, DEFENDANT, PLAINTIFF
from extraction.sample.pages import FICTIONAL, Page, paint
from extraction.sample.typography import INCH, MONO, PORTRAIT, SERIF, typeset

LINES, COLUMNS = 25, 54
TOP, LINE_PT = 9.62 * INCH, 24.6
TEXT_X, NUMBER_X = 1.75 * INCH, 1.32 * INCH
_SPEAKER = re.compile(r"(Q\.|A\.|BY M[RS]+\. [A-Z]+:|[A-Z][A-Z. ]+:)\s*(.*)")
_MARKED = re.compile(r"\(Exhibit (\d+) was marked")


@dataclass(frozen=True)
class Errata:
    page: int
    line: int
    reads: str
    should_read: str
    reason: str


@dataclass(frozen=True)
class Deposition:
    """`texts`: what was said, in order. `exhibits`: number and description of each. `present`: lines of appearances."""

    witness: str
    taken: date
    began: str
    place: str
    reporter: str
    texts: tuple[str, ...]
    present: tuple[str, ...]
    exhibits: tuple[tuple[int, str], ...] = ()
    errata: tuple[Errata, ...] = ()


# A hyphen at a line's end would make one word of two lines' words when the page is read.
_wrap = partial(textwrap.wrap, break_on_hyphens=False)


def lines_of(deposition: Deposition) -> list[list[str]]:
    """All pages, each of at most 25 lines: cover, appearances, index, testimony, certificate, errata."""
    front = [_cover(deposition), _appearances(deposition)]
    said = list(_pages(line for name in deposition.texts for line in _testimony(source(name))))
    index_pages = list(_pages(_index(deposition, said, 0)))
    first = len(front) + len(index_pages) + 1
    index_pages = list(_pages(_index(deposition, said, first)))
    pages = [*front, *index_pages, *said, _certificate(deposition)]
    return [*pages, *_pages(_errata(deposition))] if deposition.errata else pages


def _pages(lines: Iterator[str]) -> Iterator[list[str]]:
    page: list[str] = []
    for line in lines:
        if len(page) == LINES:
            yield page
            page = []
        page.append(line)
    if page:
        yield page


def _testimony(text: str) -> Iterator[str]:
    for paragraph in text.splitlines():
        yield from _spoken(paragraph)


def _spoken(paragraph: str) -> Iterator[str]:
    """One speaker's words as lines, the way reporters indent them."""
    if paragraph.startswith("= "):
        yield paragraph[2:].center(COLUMNS).rstrip()
        return
    found = _SPEAKER.fullmatch(paragraph)
    if found and found[1] in ("Q.", "A."):
        first, rest = f"     {found[1]}   ", ""
        yield from _wrap(found[2], COLUMNS, initial_indent=first, subsequent_indent=rest)
    elif found and not paragraph.startswith("BY "):
        yield from _wrap(paragraph, COLUMNS, initial_indent=" " * 10, subsequent_indent="")
    elif paragraph.startswith("("):
        yield from _wrap(paragraph, COLUMNS, initial_indent=" " * 10, subsequent_indent=" " * 10)
    else:
        yield from _wrap(paragraph, COLUMNS)


def _cover(deposition: Deposition) -> list[str]:
    middle = [
        "IN THE UNITED STATES DISTRICT COURT",
        "FOR THE DISTRICT OF EAST MERROW",
        "PORT AMBRY DIVISION",
        "",
    ]
    left = [
        f"{PLAINTIFF.upper()},",
        "     Plaintiff and Counterclaim Defendant,",
        f"v.                            No. {CASE_NUMBER}",
        f"{DEFENDANT.upper()},",
        "     Defendant and Counterclaim Plaintiff.",
        "",
        "",
    ]
    title = [
        f"DEPOSITION OF {deposition.witness.upper()}",
        f"{deposition.taken:%A, %B} {deposition.taken.day}, {deposition.taken.year}",
        "",
        deposition.place,
        f"Commencing at {deposition.began}",
        "",
        "",
        f"Reported by {deposition.reporter}",
        "",
        *_wrap(FICTIONAL, COLUMNS - 6),
    ]
    return [line.center(COLUMNS).rstrip() for line in middle] + left + [line.center(COLUMNS).rstrip() for line in title]


def _appearances(deposition: Deposition) -> list[str]:
    return ["A P P E A R A N C E S".center(COLUMNS).rstrip(), "", *deposition.present]


def _index(deposition: Deposition, said: Sequence[Sequence[str]], first: int) -> Iterator[str]:
    yield "I N D E X".center(COLUMNS).rstrip()
    yield ""
    yield _dotted("EXAMINATION OF " + deposition.witness.upper(), "PAGE")
    for number, page in enumerate(said, first):
        for line in page:
            if line.startswith("BY M") and line.endswith(":"):
                yield _dotted("  " + line.removesuffix(":").replace("BY ", "By ").title(), str(number), ".")
    if not deposition.exhibits:
        return
    yield ""
    yield _dotted("EXHIBITS", "PAGE")
    places = {int(m[1]): n for n, page in enumerate(said, first) for line in page if (m := _MARKED.search(line))}
    for exhibit, described in deposition.exhibits:
        lead, *more = _wrap(described, COLUMNS - 16)
        yield _dotted(f"  {exhibit:>2}   {lead}", "" if more else str(places[exhibit]), " " if more else ".")
        for count, line in enumerate(more, 1):
            last = count == len(more)
            yield _dotted(f"       {line}", str(places[exhibit]) if last else "", "." if last else " ")


def _dotted(left: str, right: str, fill: str = " ") -> str:
    return (f"{left} ".ljust(COLUMNS - len(right) - 1, fill) + f" {right}").rstrip()


def _certificate(deposition: Deposition) -> list[str]:
    said = (
        f"I, {deposition.reporter}, certify that {deposition.witness} was by me first duly sworn; that the foregoing "
        "is a true record of the testimony, taken by me by machine shorthand and transcribed under my direction; that "
        "reading and signing was requested before the deposition was completed; and that I am neither counsel for, "
        "nor related to, nor employed by any of the parties, and have no interest in the outcome of the action."
    )
    signed = [f"/s/ {deposition.reporter.partition(',')[0]}", deposition.reporter]
    head = "REPORTER'S CERTIFICATE".center(COLUMNS).rstrip()
    return [head, "", *_wrap(said, COLUMNS, initial_indent=" " * 5), "", *signed]


def _errata(deposition: Deposition) -> Iterator[str]:
    yield "ERRATA SHEET".center(COLUMNS).rstrip()
    yield ""
    for item in deposition.errata:
        yield f"PAGE {item.page}   LINE {item.line}"
        for name, said in (("Reads", item.reads), ("Should read", item.should_read), ("Reason", item.reason)):
            yield from _wrap(f"{name}: {said}", COLUMNS, initial_indent="     ", subsequent_indent="       ")
        yield ""
    yield f"/s/ {deposition.witness}"


def as_pdf(deposition: Deposition) -> bytes:
    """The transcript as the reporter delivers it."""
    pages = lines_of(deposition)
    title = f"Deposition of {deposition.witness}, {deposition.taken:%Y-%m-%d}"
    lines = partial(_paint, deposition=deposition, pages=pages)
    return paint([Page(PORTRAIT, ()) for _ in pages], lines, title=title, author=deposition.reporter)


def _paint(
    canvas: Canvas, page: Page, number: int, total: int, *, deposition: Deposition, pages: Sequence[Sequence[str]]
) -> None:
    lines = pages[number - 1]
    canvas.setFont(SERIF, 10)
    canvas.drawString(NUMBER_X, PORTRAIT[1] - 0.6 * INCH, f"{deposition.witness} – {deposition.taken:%m/%d/%Y}")
    canvas.drawRightString(7.55 * INCH, PORTRAIT[1] - 0.6 * INCH, f"Page {number}")
    canvas.setLineWidth(0.7)
    for x in (1.58 * INCH, 1.61 * INCH, 7.62 * INCH):
        canvas.line(x, 0.9 * INCH, x, 10.2 * INCH)
    canvas.setFont(MONO, 12)
    for row in range(LINES):
        y = TOP - row * LINE_PT
        canvas.drawRightString(NUMBER_X + 14, y, str(row + 1))
        if row < len(lines) and lines[row]:
            said = typeset(lines[row])
            indent = len(said) - len(said.lstrip())
            canvas.drawString(TEXT_X + indent * 7.2, y, said.lstrip())
    canvas.setFont(SERIF, 9)
    canvas.drawCentredString(PORTRAIT[0] / 2, 0.5 * INCH, deposition.reporter)


def as_text(deposition: Deposition) -> bytes:
    """The same as plain text, a form feed between the pages."""
    pages = []
    for number, lines in enumerate(lines_of(deposition), 1):
        rows = [f"{row:>3}  {said}".rstrip() for row, said in enumerate([*lines, *[""] * (LINES - len(lines))], 1)]
        pages.append(f"{'Page ' + str(number):>{COLUMNS + 5}}\n" + "\n".join(rows) + "\n")
    return "\f".join(pages).encode()
