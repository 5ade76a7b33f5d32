"""Text of a PDF page that a reader of the printed page does not see: invisible, white, tiny, off the page, covered.

It is kept and found by search, but marked: hidden text must not speak in an answer, and text under a black bar is a
redaction that does not redact.

        ┌────────────┐ painted later, opaque
    The │▓▓▓▓▓▓▓▓▓▓▓▓│ owed nothing.      the words below are still in the file: “covered”
        └────────────┘

Colours and the order of painting only raise the suspicion (a clipped or blended shape hides nothing); what decides
is the page as it is shown: where a word is hidden, its place has one colour.
"""

from collections.abc import Iterator

import numpy as np
import pypdfium2 as pdfium

from extraction.readers.base import Mark
from extraction.readers.pdf_objects import PageObjects, as_rows, orders_of_text
from extraction.readers.pdf_words import Frame, TextPage

# Shorter than this nobody can read it.
TINY_PT = 1.0
# A picture over so much of the page is a scan: invisible text on it is its text layer, not hidden.
SCAN_SHARE = 0.5
# A word is under a cover if so much of it is.
COVERED = 0.7
MAX_MARKS = 2000
# Pixels per point, and the longest side of what is looked at.
SCALE, MAX_SIDE = 1.5, 3000
# Fewer shades than this between the lightest and the darkest pixel are one colour.
PLAIN = 24


def find(page: pdfium.PdfPage, frame: Frame, layer: TextPage, objects: PageObjects) -> list[Mark]:
    """Marks of kind `hidden` over words of the page's text, in its order."""
    words = layer.words
    if not len(words):
        return []
    why: dict[int, str] = {}
    size, letters = words[:, 4:] - words[:, 2:4], words[:, 1] - words[:, 0]
    for row in np.flatnonzero(
        (size > 0).all(axis=1) & (size[:, 1] < TINY_PT) & (size[:, 0] < TINY_PT * letters)
    ).tolist():
        # A dash is as small as that.
        if any(c.isalnum() for c in layer.text[int(words[row, 0]) : int(words[row, 1])]):
            why[row] = "tiny"
    for row in np.flatnonzero(_outside(words, frame)).tolist():
        why[row] = "off_page"
    suspected = dict(_doubtful(frame, layer, objects))
    suspected |= dict.fromkeys(_covered(page, frame, layer, objects), "covered")
    if suspected:
        shown = _Shown(page)
        why |= {
            row: value for row, value in suspected.items() if value == "invisible" or shown.is_plain(words[row, 2:])
        }
    return _marks(layer, why)


class _Shown:
    """The page as a reader sees it, in shades of grey."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        width, height = page.get_size()
        self.scale = min(SCALE, MAX_SIDE / max(width, height, 1))
        self.pixels = page.render(scale=self.scale, grayscale=True).to_numpy().squeeze()

    def is_plain(self, box: np.ndarray) -> bool:
        """Whether the inner part of the box (points, origin top left) has one colour."""
        inset = (box[3] - box[1]) * 0.15
        x0, x1 = int(box[0] * self.scale), int(np.ceil(box[2] * self.scale))
        y0, y1 = int((box[1] + inset) * self.scale), int(np.ceil((box[3] - inset) * self.scale))
        part = self.pixels[max(y0, 0) : max(y1, y0 + 1), max(x0, 0) : max(x1, x0 + 1)]
        return part.size == 0 or int(part.max()) - int(part.min()) < PLAIN


def _outside(words: np.ndarray, frame: Frame) -> np.ndarray:
    width, height = (frame.width, frame.height) if frame.rotation in (0, 180) else (frame.height, frame.width)
    left, right = words[:, 4] <= 0, words[:, 2] >= width
    return left | right | (words[:, 5] <= 0) | (words[:, 3] >= height)


def _doubtful(frame: Frame, layer: TextPage, objects: PageObjects) -> Iterator[tuple[int, str]]:
    scanned = objects.image_share(frame.width, frame.height) >= SCAN_SHARE
    invisible = set() if scanned else objects.invisible
    if not invisible and not objects.white:
        return
    pictures = as_rows(objects.images)
    dark = as_rows([box for _, box in objects.backgrounds])
    behind = frame.place(np.vstack([pictures, dark])) if len(pictures) + len(dark) else np.zeros((0, 4))
    for row, thing in layer.objects():
        if thing in invisible:
            yield row, "invisible"
        elif thing in objects.white and not _lies_on(layer.words[row, 2:], behind):
            yield row, "white"


def _lies_on(box: np.ndarray, behind: np.ndarray) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return bool(((behind[:, 0] <= x) & (x <= behind[:, 2]) & (behind[:, 1] <= y) & (y <= behind[:, 3])).any())


def _covered(page: pdfium.PdfPage, frame: Frame, layer: TextPage, objects: PageObjects) -> Iterator[int]:
    if not objects.covers:
        return
    boxes = frame.place(as_rows([box for _, box in objects.covers]))
    orders = np.array([order for order, _ in objects.covers])
    words = layer.words[:, 2:]
    area = np.maximum((words[:, 2] - words[:, 0]) * (words[:, 3] - words[:, 1]), 1e-6)
    candidates: list[tuple[int, int]] = []
    for order, box in zip(orders.tolist(), boxes, strict=True):
        across = np.minimum(words[:, 2], box[2]) - np.maximum(words[:, 0], box[0])
        down = np.minimum(words[:, 3], box[3]) - np.maximum(words[:, 1], box[1])
        share = np.clip(across, 0, None) * np.clip(down, 0, None) / area
        candidates += [(int(row), order) for row in np.flatnonzero(share >= COVERED)]
    if not candidates:
        return
    painted = orders_of_text(page)
    for row, order in candidates:
        # Text inside a form counts as painted last: it is not known to lie below.
        if painted.get(layer.object_of(row), order) < order:
            yield row


def _marks(layer: TextPage, why: dict[int, str]) -> list[Mark]:
    """One mark per run of neighbouring words that are hidden for the same reason."""
    marks: list[Mark] = []
    last = -2
    for row in sorted(why):
        start, end = int(layer.words[row, 0]), int(layer.words[row, 1])
        if row == last + 1 and marks and marks[-1].value == why[row]:
            marks[-1] = Mark("hidden", marks[-1].start, end, why[row])
        elif len(marks) < MAX_MARKS:
            marks.append(Mark("hidden", start, end, why[row]))
        last = row
    return marks
