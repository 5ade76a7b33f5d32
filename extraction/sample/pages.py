"""Filling pages: paragraphs and tables one after the other, footnotes at the foot, then headers with page totals.

Pages are first filled and then painted, because a header names the number of pages.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from extraction.sample.typography import INCH, PORTRAIT, SERIF, markup, style

# Below this much room a paragraph is not begun.
LEAST_PT = 26
NOTE_STYLE = style(SERIF, 10, 11.5, after=3)
NOTE_RULE_PT = 9
PRODUCER = "LexIntel sample case"
FICTIONAL = (
    "A fictional document of the LexIntel sample case. Every person, company, place and court in it is invented."
)


@dataclass(frozen=True)
class Frame:
    """Where text goes, in points from the page's bottom left corner."""

    x: float
    bottom: float
    width: float
    top: float


@dataclass
class Page:
    """A filled page: what stands where, its footnotes in the frame they belong to, its section and Bates number."""

    size: tuple[float, float]
    frames: tuple[Frame, ...]
    section: str = ""
    bates: str = ""
    placed: list[tuple[Any, float, float]] = field(default_factory=list)
    notes: list[tuple[Frame, list[Paragraph]]] = field(default_factory=list)


Painter = Callable[[Canvas, Page, int, int], None]


def margins(
    left: float = INCH,
    right: float = INCH,
    top: float = INCH,
    bottom: float = INCH,
    *,
    size: tuple[float, float] = PORTRAIT,
    columns: int = 1,
    gutter: float = 18,
) -> tuple[Frame, ...]:
    """The frames of a page with these margins, in one column or more."""
    width = (size[0] - left - right - gutter * (columns - 1)) / columns
    return tuple(Frame(left + n * (width + gutter), bottom, width, size[1] - top) for n in range(columns))


class Composer:
    """Puts flowables on pages, top down, frame by frame."""

    def __init__(
        self,
        frames: tuple[Frame, ...],
        *,
        later: tuple[Frame, ...] | None = None,
        size: tuple[float, float] = PORTRAIT,
        section: str = "",
    ) -> None:
        """`later`: the frames of all pages but the first, if they differ."""
        self.pages: list[Page] = []
        self._later = later
        self._note_count = 0
        self.start_page(frames, size=size, section=section)

    def start_page(
        self,
        frames: tuple[Frame, ...] | None = None,
        *,
        size: tuple[float, float] | None = None,
        section: str | None = None,
    ) -> None:
        """Begin a page; what is not given stays as it was on the page before."""
        last = self.pages[-1] if self.pages else Page(PORTRAIT, ())
        if frames and self.pages:
            self._later = None
        frames = frames or self._later or last.frames
        self.pages.append(Page(size or last.size, frames, last.section if section is None else section))
        self._frame = 0
        self._enter()

    def next_frame(self) -> None:
        """Go on in the next column, or on the next page."""
        if self._frame + 1 < len(self.pages[-1].frames):
            self._frame += 1
            self._enter()
        else:
            self.start_page()

    def _enter(self) -> None:
        frame = self.pages[-1].frames[self._frame]
        self._y, self._floor, self._fresh = frame.top, frame.bottom, True

    @property
    def room(self) -> float:
        """Points left in this frame."""
        return self._y - self._floor

    @property
    def width(self) -> float:
        return self.pages[-1].frames[self._frame].width

    def space(self, points: float) -> None:
        """Leave so much free; nothing at the head of a frame."""
        if not self._fresh:
            self._y -= points

    def add(self, flowable: Any, *, note: str = "", keep: float = 0) -> None:
        """Place a flowable, cut where the page ends. `keep`: points that must be left below it, for what it heads."""
        footnote = None
        if note:
            self._note_count += 1
            footnote = Paragraph(f"<super>{self._note_count}</super> {markup(note)}", NOTE_STYLE)
        self.space(flowable.getSpaceBefore())
        while flowable is not None:
            flowable, footnote = self._place(flowable, footnote, keep)
            if flowable is not None:
                self.next_frame()

    @property
    def next_note(self) -> int:
        """The number that the next footnote gets."""
        return self._note_count + 1

    def _place(self, flowable: Any, footnote: Paragraph | None, keep: float) -> tuple[Any, Paragraph | None]:
        """Place what fits; returns the rest with its footnote, (None, None) if nothing is left."""
        reserved = self._note_height(footnote) if footnote else 0
        room = self.room - reserved
        _, height = flowable.wrap(self.width, max(room, 1))
        if height + keep <= room + 0.01:
            self._put(flowable, height)
            self._note(footnote)
            return None, None
        parts = flowable.split(self.width, room) if room >= LEAST_PT and not keep else []
        if len(parts) < 2:
            if self._fresh:
                raise ValueError("a flowable is higher than its page")
            return flowable, footnote
        _, height = parts[0].wrap(self.width, room)
        self._put(parts[0], height)
        if footnote and _carries_mark(parts[0]):
            self._note(footnote)
            footnote = None
        return parts[1], footnote

    def _put(self, flowable: Any, height: float) -> None:
        frame = self.pages[-1].frames[self._frame]
        self._y -= height
        self.pages[-1].placed.append((flowable, frame.x, self._y))
        self._y -= flowable.getSpaceAfter()
        self._fresh = False

    def _note(self, footnote: Paragraph | None) -> None:
        if footnote is None:
            return
        page = self.pages[-1]
        frame = page.frames[self._frame]
        self._floor += self._note_height(footnote)
        if not page.notes or page.notes[-1][0] is not frame:
            page.notes.append((frame, []))
        page.notes[-1][1].append(footnote)

    def _note_height(self, footnote: Paragraph) -> float:
        frame = self.pages[-1].frames[self._frame]
        first = self._floor == frame.bottom
        _, height = footnote.wrap(frame.width, 10_000)
        return float(height) + NOTE_STYLE.spaceAfter + (NOTE_RULE_PT if first else 0)


def _carries_mark(part: Any) -> bool:
    return any(getattr(f, "rise", 0) > 0 for f in getattr(part, "frags", ()))


def paint(
    pages: Sequence[Page], feet: Painter, *, heads: Painter | None = None, title: str, author: str, lock: Any = None
) -> bytes:
    """The pages as a PDF, the first of which says that all is invented: the same bytes at every run.

    `heads` is painted before a page's text and `feet` after it; whoever reads the file meets them in that order.
    `lock`: reportlab's encryption.
    """
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=pages[0].size, invariant=1, pageCompression=1, encrypt=lock)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject(FICTIONAL)
    canvas.setCreator(PRODUCER)
    for number, page in enumerate(pages, 1):
        canvas.setPageSize(page.size)
        if heads:
            heads(canvas, page, number, len(pages))
        for flowable, x, y in page.placed:
            flowable.drawOn(canvas, x, y)
        for frame, notes in page.notes:
            _paint_notes(canvas, frame, notes)
        feet(canvas, page, number, len(pages))
        if number == 1:
            _paint_fiction(canvas, page)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _paint_fiction(canvas: Canvas, page: Page) -> None:
    canvas.setFont(SERIF, 7)
    canvas.drawCentredString(page.size[0] / 2, 12, FICTIONAL)


def _paint_notes(canvas: Canvas, frame: Frame, notes: list[Paragraph]) -> None:
    y = frame.bottom + sum(n.wrap(frame.width, 10_000)[1] + NOTE_STYLE.spaceAfter for n in notes)
    canvas.setLineWidth(0.5)
    canvas.line(frame.x, y + 4, frame.x + 2 * INCH, y + 4)
    for note in notes:
        y -= note.wrap(frame.width, 10_000)[1]
        note.drawOn(canvas, frame.x, y)
        y -= NOTE_STYLE.spaceAfter
