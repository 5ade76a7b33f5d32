"""The loops that the read stage is measured against: what an engine gives by itself, and nothing else.

Each takes paths of PDF files and gives (pages, seconds) of every page of every file that opens, in this process.
"""

import contextlib
import ctypes
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_WORD = re.compile(r"\S+")


def raw_loop(paths: Sequence[Path]) -> tuple[int, float]:
    """Text and word rectangles: the PDFium calls that the reader makes for them."""
    values = [ctypes.c_double() for _ in range(4)]
    refs = [ctypes.byref(v) for v in values]

    def boxes_of(handle: ctypes.c_void_p, text: str, count: int) -> None:
        boxes = []
        for match in _WORD.finditer(text):
            start, end = match.span()
            for number in range(raw.FPDFText_CountRects(handle, start, end - start)):
                raw.FPDFText_GetRect(handle, number, *refs)
                boxes.append((start, end, *(v.value for v in values)))

    return _pdfium_loop(paths, boxes_of)


def char_box_loop(paths: Sequence[Path]) -> tuple[int, float]:
    """Text and the box of every character."""
    values = [ctypes.c_double() for _ in range(4)]
    refs = [ctypes.byref(v) for v in values]

    def boxes_of(handle: ctypes.c_void_p, text: str, count: int) -> None:
        boxes = []
        for index in range(count):
            raw.FPDFText_GetCharBox(handle, index, *refs)
            boxes.append([v.value for v in values])

    return _pdfium_loop(paths, boxes_of)


def _pdfium_loop(paths: Sequence[Path], boxes_of: Callable[[ctypes.c_void_p, str, int], None]) -> tuple[int, float]:
    pages, started = 0, time.perf_counter()
    for path in paths:
        try:
            document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError:
            continue
        for index in range(len(document)):
            try:
                page = document[index]
            except pdfium.PdfiumError:
                continue
            pages += 1
            handle = raw.FPDFText_LoadPage(page.raw)
            count = raw.FPDFText_CountChars(handle)
            if count > 0:
                buffer = (ctypes.c_ushort * (count * 2 + 1))()
                written = raw.FPDFText_GetText(handle, 0, count, buffer)
                text = bytes(memoryview(buffer).cast("B")[: (written - 1) * 2]).decode("utf-16-le", "surrogatepass")
                boxes_of(handle, text, count)
            raw.FPDFText_ClosePage(handle)
            page.close()
        document.close()
    return pages, time.perf_counter() - started


def pdfplumber_loop(paths: Sequence[Path]) -> tuple[int, float]:
    """Words as pdfplumber gives them."""
    import pdfplumber

    pages, started = 0, time.perf_counter()
    for path in paths:
        # A hostile file ends it in many ways; the loop is about those that it reads.
        with contextlib.suppress(Exception), pdfplumber.open(path) as document:
            for page in document.pages:
                page.extract_words()
                page.close()
                pages += 1
    return pages, time.perf_counter() - started
