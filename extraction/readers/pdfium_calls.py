"""The PDFium functions that are called thousands of times a page, as plain C calls on addresses.

The same functions in pypdfium2.raw wrap every pointer in an object; measured on 84,000 text objects, these take
less than half the time.
"""

import ctypes
from typing import Any

import pypdfium2.raw as raw

_P, _INT = ctypes.c_void_p, ctypes.c_int


def _plain(function: Any, result: Any, *arguments: Any) -> Any:
    address = ctypes.cast(function, _P).value
    assert address is not None
    return ctypes.CFUNCTYPE(result, *arguments)(address)


# Handles and structures are addresses; a null is None.
get_object = _plain(raw.FPDFPage_GetObject, _P, _P, _INT)
object_type = _plain(raw.FPDFPageObj_GetType, _INT, _P)
# −1 for what is no text.
render_mode = _plain(raw.FPDFTextObj_GetTextRenderMode, _INT, _P)
fill_colour = _plain(raw.FPDFPageObj_GetFillColor, _INT, _P, _P, _P, _P, _P)
bounds = _plain(raw.FPDFPageObj_GetBounds, _INT, _P, _P, _P, _P, _P)
has_transparency = _plain(raw.FPDFPageObj_HasTransparency, _INT, _P)
draw_mode = _plain(raw.FPDFPath_GetDrawMode, _INT, _P, _P, _P)
count_rects = _plain(raw.FPDFText_CountRects, _INT, _P, _INT, _INT)
get_rect = _plain(raw.FPDFText_GetRect, _INT, _P, _INT, _P, _P, _P, _P)
text_object = _plain(raw.FPDFText_GetTextObject, _P, _P, _INT)


def address(handle: Any) -> int:
    """What a handle of pypdfium2 points at; 0 for null."""
    return ctypes.cast(handle, _P).value or 0


class Four:
    """Room for four numbers that a call fills in: `spread` its places, then read `values`."""

    def __init__(self, kind: Any) -> None:
        self.values = (kind * 4)()
        start, size = ctypes.addressof(self.values), ctypes.sizeof(kind)
        self.spread = (start, start + size, start + 2 * size, start + 3 * size)
