"""Tesseract as an engine: for languages that the default engine cannot read, or where it is chosen."""

import ctypes
import weakref

import numpy as np

from extraction.ocr import tesseract_library
from extraction.ocr.base import EngineUnavailable, OcrWord

_TEXTLINE, _WORD = 2, 3
_AUTOMATIC = 3
# Tesseract gives dirt and rules as words that it is this little sure of.
MIN_CONFIDENCE = 0.3


class TesseractEngine:
    """Loads the languages' data; then recognises pages in this thread, one at a time.

    Raises EngineUnavailable if the library or a language is not installed.
    """

    def __init__(self, languages: tuple[str, ...]) -> None:
        library = tesseract_library.load()
        if library is None:
            raise EngineUnavailable("Tesseract is not installed.")
        self._library, self._handle = library, library.TessBaseAPICreate()
        weakref.finalize(self, library.TessBaseAPIDelete, self._handle)
        missing = [code for code in languages if code not in tesseract_library.languages(library)]
        if missing or library.TessBaseAPIInit3(self._handle, None, "+".join(languages).encode()):
            raise EngineUnavailable(f"Tesseract has no data for: {', '.join(missing or languages)}.")
        library.TessBaseAPISetPageSegMode(self._handle, _AUTOMATIC)
        self.unreadable: tuple[str, ...] = ()
        self.name = f"tesseract {tesseract_library.version(library)} {'+'.join(languages)}"

    def recognise(self, image: np.ndarray, dpi: float) -> list[OcrWord]:
        """Words in Tesseract's order of lines."""
        pixels = np.ascontiguousarray(image)
        height, width = pixels.shape[:2]
        depth = 1 if pixels.ndim == 2 else pixels.shape[2]
        library, handle = self._library, self._handle
        try:
            library.TessBaseAPISetImage(handle, pixels.tobytes(), width, height, depth, width * depth)
            library.TessBaseAPISetSourceResolution(handle, max(70, min(2400, round(dpi))))
            if library.TessBaseAPIRecognize(handle, None):
                return []
            results = library.TessBaseAPIGetIterator(handle)
            if not results:
                return []
            try:
                return self._words(results)
            finally:
                library.TessResultIteratorDelete(results)
        finally:
            library.TessBaseAPIClear(handle)

    def _words(self, results: int) -> list[OcrWord]:
        library = self._library
        places = library.TessResultIteratorGetPageIterator(results)
        sides = [ctypes.c_int() for _ in range(4)]
        found, line = [], -1
        while True:
            if library.TessPageIteratorIsAtBeginningOf(places, _TEXTLINE):
                line += 1
            text = self._text(results).strip()
            confidence = min(1.0, max(0.0, library.TessResultIteratorConfidence(results, _WORD) / 100))
            if text and confidence >= MIN_CONFIDENCE and library.TessPageIteratorBoundingBox(places, _WORD, *sides):
                x0, y0, x1, y1 = (float(side.value) for side in sides)
                # A word of some scripts holds spaces; a page's words do not.
                found.append(OcrWord("".join(text.split()), confidence, x0, y0, x1, y1, max(line, 0)))
            if not library.TessResultIteratorNext(results, _WORD):
                return found

    def _text(self, results: int) -> str:
        address = self._library.TessResultIteratorGetUTF8Text(results, _WORD)
        if not address:
            return ""
        try:
            return ctypes.string_at(address).decode(errors="replace")
        finally:
            self._library.TessDeleteText(address)
