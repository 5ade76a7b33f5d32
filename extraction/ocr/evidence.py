"""What speaks for and against OCR on a PDF page: cheap for a page of text, more only where the text is scarce or odd.

What is painted on the page comes from the reader's own pass over its objects (pdf_objects.scan).
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from extraction.readers import text_quality
from extraction.readers.pdf_objects import PageObjects

# With so many characters of sound text, what else is on the page does not matter.
PLENTY = 600
# Glyphs drawn as shapes have this height and width in points and at least so many corners.
GLYPH_PT, GLYPH_CORNERS = (2.5, 40.0), 5
# A shape with so many corners is a whole line of such glyphs, or a curve.
LINE_CORNERS = 150
# Even a short line of text has so many kinds of outlines, told apart by their corners.
KINDS_OF_GLYPHS = 6
MAX_LOOKED_AT = 3000
MAX_DEPTH = 3
GRID = 32
# Pixels per point, and how many shades make a mark, for seeing whether a page shows anything.
GLANCE_SCALE, GLANCE_SHADES = 0.4, 16
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PageEvidence:
    """Shares are of the page, 0 to 1.

    `characters` that are visible; their `quality` (readers.text_quality); `text_share` that the words' boxes cover;
    `hidden_share` of the text that is painted invisibly; `image_share` that pictures cover; `outlines` counts shapes
    that look like glyphs; `unmapped` is the share of characters whose font does not say what they are (only asked of
    short texts); `annotations` are counted where there is no text; `painted`: there is anything to be seen on the page.
    """

    characters: int = 0
    quality: float = 1.0
    text_share: float = 0.0
    hidden_share: float = 0.0
    image_share: float = 0.0
    outlines: int = 0
    unmapped: float = 0.0
    annotations: int = 0
    painted: bool = False


def gather(
    page: pdfium.PdfPage, text: str, words: np.ndarray, width: float, height: float, objects: PageObjects
) -> PageEvidence:
    """Evidence of a page of this size in points, from its text layer as it was read and what is painted on it."""
    characters = len(text) - text.count(" ") - text.count("\n")
    quality = text_quality.score(text) if characters else 1.0
    area = max(width * height, 1e-6)
    sizes = np.clip(words[:, 4:6] - words[:, 2:4], 0, None) if len(words) else np.zeros((0, 2))
    plenty = characters >= PLENTY and quality >= text_quality.GARBAGE
    pictures = objects.images if plenty else [*objects.images, *_pictures_in_forms(page)]
    image_share = _covered(pictures, page.get_bbox())
    notes = 0 if characters else raw.FPDFPage_GetAnnotCount(page.raw)
    unseen = not characters and not image_share
    return PageEvidence(
        characters=characters,
        quality=quality,
        text_share=min(1.0, float((sizes[:, 0] * sizes[:, 1]).sum()) / area),
        hidden_share=len(objects.invisible) / max(1, objects.texts),
        image_share=image_share,
        outlines=0 if plenty else _outlines(page),
        unmapped=_unmapped(page) if 0 < characters < text_quality.FEW_LETTERS else 0.0,
        annotations=notes,
        painted=not unseen or (objects.count + notes > 0 and _shows(page)),
    )


def _covered(boxes: list[Box], frame: Box) -> float:
    """The share of the frame that boxes cover together: scans come in strips and tiles. A small one counts exactly."""
    left, bottom, right, top = frame
    width, height = max(right - left, 1e-6), max(top - bottom, 1e-6)
    grid, largest = np.zeros((GRID, GRID), dtype=bool), 0.0
    for x0, y0, x1, y1 in boxes[:MAX_LOOKED_AT]:
        x = np.clip([(x0 - left) / width, (x1 - left) / width], 0, 1)
        y = np.clip([(y0 - bottom) / height, (y1 - bottom) / height], 0, 1)
        largest = max(largest, float(np.ptp(x) * np.ptp(y)))
        columns, rows = np.round(x * GRID).astype(int), np.round(y * GRID).astype(int)
        grid[rows[0] : rows[1], columns[0] : columns[1]] = True
    return max(largest, float(grid.mean())) if boxes else 0.0


def _objects(page: pdfium.PdfPage) -> Iterator[ctypes.c_void_p]:
    for index in range(min(raw.FPDFPage_CountObjects(page.raw), MAX_LOOKED_AT)):
        yield raw.FPDFPage_GetObject(page.raw, index)


def _pictures_in_forms(page: pdfium.PdfPage) -> list[Box]:
    """Bounds on the page of the pictures inside its forms, each of which has coordinates of its own."""
    found: list[Box] = []
    for thing in _objects(page):
        if raw.FPDFPageObj_GetType(thing) == raw.FPDF_PAGEOBJ_FORM:
            _add_pictures(thing, np.eye(3), MAX_DEPTH, found)
    return found


def _add_pictures(form: ctypes.c_void_p, outer: np.ndarray, depth: int, found: list[Box]) -> None:
    own = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(form, own):
        return
    placed = np.array([[own.a, own.b, 0], [own.c, own.d, 0], [own.e, own.f, 1]]) @ outer
    for index in range(min(raw.FPDFFormObj_CountObjects(form), MAX_LOOKED_AT)):
        thing = raw.FPDFFormObj_GetObject(form, index)
        kind = raw.FPDFPageObj_GetType(thing)
        if kind == raw.FPDF_PAGEOBJ_FORM and depth:
            _add_pictures(thing, placed, depth - 1, found)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE and (box := _bounds(thing)):
            x0, y0, x1, y1 = box
            corners = np.array([[x0, y0, 1], [x1, y0, 1], [x0, y1, 1], [x1, y1, 1]]) @ placed
            (left, bottom, _), (right, top, _) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            found.append((left, bottom, right, top))


def _outlines(page: pdfium.PdfPage) -> int:
    """How many shapes may be glyphs, in the page and in its forms.

    Letters have outlines of many kinds; the marks of a plot and the hatching of a plan are all alike.
    """
    shapes: list[int] = []
    for thing in _objects(page):
        _add_glyphs(thing, MAX_DEPTH, shapes)
    return len(shapes) if len(set(shapes)) >= KINDS_OF_GLYPHS else 0


def _add_glyphs(thing: ctypes.c_void_p, depth: int, shapes: list[int]) -> None:
    kind = raw.FPDFPageObj_GetType(thing)
    if kind == raw.FPDF_PAGEOBJ_FORM and depth:
        for index in range(min(raw.FPDFFormObj_CountObjects(thing), MAX_LOOKED_AT)):
            _add_glyphs(raw.FPDFFormObj_GetObject(thing, index), depth - 1, shapes)
    if kind != raw.FPDF_PAGEOBJ_PATH or len(shapes) > MAX_LOOKED_AT:
        return
    corners = raw.FPDFPath_CountSegments(thing)
    if corners >= LINE_CORNERS:
        shapes += [contour for contour in _contours(thing, corners) if contour > GLYPH_CORNERS]
        return
    # A rectangle has its corners and no more.
    box = _bounds(thing) if corners > GLYPH_CORNERS else None
    low, high = GLYPH_PT
    if box and low <= box[3] - box[1] <= high and box[2] - box[0] <= high:
        shapes.append(corners)


def _contours(path: ctypes.c_void_p, corners: int) -> list[int]:
    """Corners of each stretch of a path drawn without lifting the pen. A curve is one, a letter one to three."""
    looked = range(min(corners, MAX_LOOKED_AT))
    kinds = [raw.FPDFPathSegment_GetType(raw.FPDFPath_GetPathSegment(path, index)) for index in looked]
    starts = [index for index, kind in enumerate(kinds) if kind == raw.FPDF_SEGMENT_MOVETO]
    return [end - start for start, end in pairwise([*starts, len(kinds)])]


def _bounds(thing: ctypes.c_void_p) -> Box | None:
    values = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(thing, *(ctypes.byref(v) for v in values)):
        return None
    return values[0].value, values[1].value, values[2].value, values[3].value


def _shows(page: pdfium.PdfPage) -> bool:
    """Whether a reader of the page sees more than one colour: a white rectangle is painted, too."""
    scale = min(GLANCE_SCALE, 1000 / max(*page.get_size(), 1.0))
    pixels = page.render(scale=scale, grayscale=True).to_numpy()
    return int(pixels.max()) - int(pixels.min()) >= GLANCE_SHADES


def _unmapped(page: pdfium.PdfPage) -> float:
    handle = raw.FPDFText_LoadPage(page.raw)
    if not handle:
        return 0.0
    try:
        count = min(raw.FPDFText_CountChars(handle), MAX_LOOKED_AT)
        wrong = sum(raw.FPDFText_HasUnicodeMapError(handle, index) == 1 for index in range(count))
        return wrong / count if count > 0 else 0.0
    finally:
        raw.FPDFText_ClosePage(handle)
