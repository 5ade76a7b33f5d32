"""What is painted on a PDF page, in one pass over its objects: ruling lines, pictures, covers, doubtful text.

Asking each object costs about a microsecond a question, so only what somebody needs is asked.
"""

import ctypes
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from extraction.readers import pdfium_calls as calls

MAX_OBJECTS = 50_000
# Ruling lines of more than a table's worth are a drawing.
MAX_PATHS = 6_000
# A filled shape smaller than this hides no word.
COVER_PT = 5.0
_INVISIBLE = 3
_WHITE = 250
Box = tuple[float, float, float, float]


@dataclass
class PageObjects:
    """Bounds are (left, bottom, right, top) in the page's own points; `order` is the order of painting.

    `covers`: (order, bounds) of opaque shapes painted over text. `backgrounds`: of all opaque shapes.
    `invisible`, `white`: addresses of text objects.
    """

    paths: list[Box] = field(default_factory=list)
    images: list[Box] = field(default_factory=list)
    covers: list[tuple[int, Box]] = field(default_factory=list)
    backgrounds: list[tuple[int, Box]] = field(default_factory=list)
    invisible: set[int] = field(default_factory=set)
    white: set[int] = field(default_factory=set)
    texts: int = 0
    count: int = 0
    whole: bool = True

    def image_share(self, width: float, height: float) -> float:
        """The largest picture's share of a page of this size."""
        area = max(width * height, 1e-6)
        return max((min(1.0, (r - x) * (t - b) / area) for x, b, r, t in self.images), default=0.0)


def scan(page: pdfium.PdfPage, budget_s: float) -> PageObjects:
    """Look at the page's objects for at most `budget_s` seconds; `whole` is false if that was too short."""
    found, deadline = PageObjects(), time.monotonic() + budget_s
    handle = calls.address(page.raw)
    found.count = raw.FPDFPage_CountObjects(page.raw)
    box, colour = calls.Four(ctypes.c_float), calls.Four(ctypes.c_uint)
    get, render_mode, fill, shades = calls.get_object, calls.render_mode, calls.fill_colour, colour.values
    red, green, blue, alpha = colour.spread
    for order in range(min(found.count, MAX_OBJECTS)):
        thing = get(handle, order)
        mode = render_mode(thing)
        if mode < 0:
            _note_other(found, thing, order, box, colour)
        else:
            found.texts += 1
            if mode == _INVISIBLE:
                found.invisible.add(thing)
            elif fill(thing, red, green, blue, alpha) and shades[0] >= _WHITE and _is_white(shades):
                found.white.add(thing)
        if order % 512 == 0 and time.monotonic() > deadline:
            found.whole = False
            break
    found.whole = found.whole and found.count <= MAX_OBJECTS
    return found


def _note_other(found: PageObjects, thing: int, order: int, box: calls.Four, colour: calls.Four) -> None:
    kind = calls.object_type(thing)
    if kind == raw.FPDF_PAGEOBJ_PATH:
        if len(found.paths) <= MAX_PATHS and calls.bounds(thing, *box.spread):
            found.paths.append(tuple(box.values))  # type: ignore[arg-type]
            _note_cover(found, thing, order, found.paths[-1], colour)
    elif kind == raw.FPDF_PAGEOBJ_IMAGE and calls.bounds(thing, *box.spread):
        found.images.append(tuple(box.values))  # type: ignore[arg-type]


def _note_cover(found: PageObjects, thing: int, order: int, box: Box, colour: calls.Four) -> None:
    if box[2] - box[0] < COVER_PT or box[3] - box[1] < COVER_PT or len(found.backgrounds) > MAX_PATHS:
        return
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    told = calls.draw_mode(thing, ctypes.addressof(mode), ctypes.addressof(stroke))
    if not told or mode.value == raw.FPDF_FILLMODE_NONE:
        return
    # A highlighter's blend mode counts as transparency.
    if calls.has_transparency(thing) or not calls.fill_colour(thing, *colour.spread) or colour.values[3] < 255:
        return
    if not _is_white(colour.values):
        found.backgrounds.append((order, box))
    if found.texts:
        found.covers.append((order, box))


def orders_of_text(page: pdfium.PdfPage) -> dict[int, int]:
    """Address of each text object → its order of painting."""
    handle, count = calls.address(page.raw), min(raw.FPDFPage_CountObjects(page.raw), MAX_OBJECTS)
    things = ((order, calls.get_object(handle, order)) for order in range(count))
    return {thing: order for order, thing in things if calls.render_mode(thing) >= 0}


def _is_white(shades: Any) -> bool:
    return bool(shades[0] >= _WHITE and shades[1] >= _WHITE and shades[2] >= _WHITE)


def as_rows(boxes: list[Box]) -> np.ndarray:
    """Bounds as an array (n, 4)."""
    return np.array(boxes, dtype=float).reshape(-1, 4)
