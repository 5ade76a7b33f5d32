"""A PDF page's text and the box of every word, from PDFium's text page.

PDFium gives the text in one call and rectangles per range of characters; asking per character costs twice the time.
"""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from documents.wordboxes import MAX_WORDS
from documents.wordboxes import pack as pack_rows
from extraction.errors import PermanentError
from extraction.readers import pdfium_calls as calls

# How PDFium marks a hyphen at a line's end.
_HYPHEN = re.compile("[\x02\ufffe]")
# Controls but tab and newlines, a noncharacter, and lone surrogates.
_UNWANTED = [*range(9), 0x0B, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0xFFFF, *range(0xD800, 0xE000)]
# Each character keeps its place: what must go becomes a space, and runs of spaces stay as they are.
_TABLE = dict.fromkeys(_UNWANTED, " ")
_WORD = re.compile(r"\S+")
_RETURN = re.compile(r"\r(?=\n)")
MAX_PAGE_CHARS = 1_000_000


@dataclass(frozen=True)
class Frame:
    """From PDF coordinates (origin bottom left, unrotated) to the page as it is shown (origin top left)."""

    left: float
    bottom: float
    width: float
    height: float
    rotation: int

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> "Frame":
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right - left, top - bottom, page.get_rotation())

    def place(self, boxes: np.ndarray) -> np.ndarray:
        """Rows of (left, bottom, right, top) to (x0, y0, x1, y1)."""
        x0, x1 = boxes[:, 0] - self.left, boxes[:, 2] - self.left
        y0, y1 = boxes[:, 1] - self.bottom, boxes[:, 3] - self.bottom
        w, h = self.width, self.height
        shown = {
            0: (x0, h - y1, x1, h - y0),
            90: (y0, x0, y1, x1),
            180: (w - x1, y0, w - x0, y1),
            270: (h - y1, w - x1, h - y0, w - x0),
        }
        return np.column_stack(shown[self.rotation])


class TextPage:
    """A page's text, and rows (start, end, x0, y0, x1, y1) of its words, in the text's order. Close it."""

    def __init__(self, page: pdfium.PdfPage, frame: Frame) -> None:
        """Raises PdfiumError, PermanentError(resource_memory)."""
        self._handle = raw.FPDFText_LoadPage(page.raw)
        if not self._handle:
            raise pdfium.PdfiumError("text page")
        self.text, self.words = "", np.zeros((0, 6))
        self._places: np.ndarray | None = None
        try:
            count = raw.FPDFText_CountChars(self._handle)
            if count > MAX_PAGE_CHARS:
                raise PermanentError("resource_memory", "glyphs on one page")
            if count > 0:
                self.text, self._places = _text(self._handle, count)
                self.words = _boxes(self._handle, self.text, self._places, frame)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free what PDFium holds; the text and the words stay."""
        if self._handle:
            raw.FPDFText_ClosePage(self._handle)
            self._handle = None

    def object_of(self, row: int) -> int:
        """The address of the text object that paints a word's first character."""
        at = int(self.words[row, 0])
        place = at if self._places is None else int(self._places[at])
        return int(calls.text_object(calls.address(self._handle), place) or 0)

    def objects(self) -> Iterator[tuple[int, int]]:
        """Row and text object of every word."""
        for row in range(len(self.words)):
            yield row, self.object_of(row)


def _text(handle: ctypes.c_void_p, count: int) -> tuple[str, np.ndarray | None]:
    """The page's text, and for each of its characters PDFium's index of it (None: the same number)."""
    buffer = (ctypes.c_ushort * (count * 2 + 1))()
    written = raw.FPDFText_GetText(handle, 0, count, buffer)
    units = memoryview(buffer).cast("B")[: max(0, written - 1) * 2]
    text = bytes(units).decode("utf-16-le", errors="surrogatepass")
    places = None
    if len(text) != count:
        text, places = _one_by_one(handle, count)
    hyphens = [m.start() for m in _HYPHEN.finditer(text)]
    if hyphens:
        # PDFium leaves out the end of a line after a hyphen; the two parts of the word stand on two lines.
        places = np.insert(np.arange(len(text)) if places is None else places, np.array(hyphens) + 1, hyphens)
        text = _HYPHEN.sub("-\n", text)
    clean = text.translate(_TABLE)
    # A line ends with two characters there and with one here.
    returns = [m.start() for m in _RETURN.finditer(clean)]
    if returns:
        places = np.delete(np.arange(len(clean)) if places is None else places, returns)
        clean = clean.replace("\r\n", "\n")
    return clean.replace("\r", "\n"), places


def _one_by_one(handle: ctypes.c_void_p, count: int) -> tuple[str, np.ndarray]:
    """Where the text has not one character per index (generated or dropped ones), ask for each."""
    letters, places = [], []
    for index in range(count):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code:
            letters.append(chr(code) if code < 0x110000 else " ")
            places.append(index)
    return "".join(letters), np.array(places, dtype=int)


def _boxes(handle: ctypes.c_void_p, text: str, places: np.ndarray | None, frame: Frame) -> np.ndarray:
    spans = np.array([m.span() for m in _WORD.finditer(text)][:MAX_WORDS], dtype=int).reshape(-1, 2)
    first = spans[:, 0] if places is None else places[spans[:, 0]]
    last = spans[:, 1] - 1 if places is None else places[spans[:, 1] - 1]
    # PDFium's order: left, top, right, bottom.
    rect = calls.Four(ctypes.c_double)
    page, values, places_of_rect = calls.address(handle), rect.values, rect.spread
    count_rects, get_rect = calls.count_rects, calls.get_rect
    boxes: list[tuple[float, ...]] = []
    known: list[int] = []
    for row, (start, length) in enumerate(zip(first.tolist(), (last - first + 1).tolist(), strict=True)):
        rects = count_rects(page, start, length)
        if rects == 0:
            continue
        get_rect(page, 0, *places_of_rect)
        if rects == 1:
            boxes.append(tuple(values))
        else:
            boxes.append(_union_of(page, rects, rect))
        known.append(row)
    corners = np.array(boxes).reshape(-1, 4)[:, [0, 3, 2, 1]]
    return np.column_stack([spans[known].astype(float), frame.place(corners)])


def _union_of(page: int, rects: int, rect: calls.Four) -> tuple[float, ...]:
    parts = []
    for number in range(rects):
        calls.get_rect(page, number, *rect.spread)
        parts.append(tuple(rect.values))
    left, top, right, bottom = zip(*parts, strict=True)
    return min(left), max(top), max(right), min(bottom)


def pack(words: np.ndarray) -> bytes:
    """The words as pages keep them; boxes outside anything sensible are cut to what can be kept."""
    rows = words.copy()
    rows[:, 2:] = np.clip(np.nan_to_num(rows[:, 2:]), -1e6, 1e6)
    return pack_rows(rows)
