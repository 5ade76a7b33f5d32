"""The engine that comes with pip alone: the PP-OCRv6 models in rapidocr's wheel, run by onnxruntime.

Only the model folder of the package is used; its code is never imported (docs/decisions.md): it would fetch a model
that is missing, needs OpenCV and five packages more, and gives a word the confidence of a letter.
"""

import importlib.metadata
import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from extraction.ocr import line_pictures, quotes, words
from extraction.ocr.alphabet import READABLE
from extraction.ocr.base import EngineUnavailable, OcrWord
from extraction.ocr.text_detection import LineBox, TextDetector
from extraction.ocr.text_recognition import TextRecogniser
from extraction.ocr.words import CutLine

DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
# Lines are found at this resolution: at 110 dpi the character errors of clean pages are those of 160 dpi, in half
# the time; at 80 dpi they are twice as many.
DETECTION_DPI = 110.0
MOST_ENLARGED = 1.5
# A line that is less sure than this is a speck, a rule or a drawing.
MIN_CONFIDENCE = 0.5
# A way of reading a box that is as sure as this needs no other beside it.
SURE = 0.9


def models() -> Path | None:
    """The wheel's model folder, if it is there and has both models. Imports nothing of it."""
    found = importlib.util.find_spec("rapidocr")
    for root in (found.submodule_search_locations or ()) if found else ():
        folder = Path(root) / "models"
        if (folder / DETECTOR).is_file() and (folder / RECOGNISER).is_file():
            return folder
    return None


def unreadable(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these languages the recogniser has no letters for."""
    return tuple(code for code in languages if code not in READABLE)


def name() -> str:
    """Package, version and models."""
    return f"rapidocr {importlib.metadata.version('rapidocr')} PP-OCRv6-small"


class RapidOcrEngine:
    """Loads both models (about 0.5 s); then recognises pages in this thread. Raises EngineUnavailable."""

    def __init__(self, languages: tuple[str, ...], threads: int = 1) -> None:
        folder = models()
        if folder is None:
            raise EngineUnavailable("The package rapidocr is not installed, or without its models.")
        self.name, self.unreadable = name(), unreadable(languages)
        self._detector = TextDetector(folder / DETECTOR, threads)
        self._recogniser = TextRecogniser(folder / RECOGNISER, languages, threads)

    def recognise(self, image: np.ndarray, dpi: float) -> list[OcrWord]:
        """Words, line by line from the top, each line as the detector found it."""
        page = Image.fromarray(image).convert("L")
        boxes = self._detector.lines(page, min(MOST_ENLARGED, DETECTION_DPI / dpi))
        boxes.sort(key=lambda box: (box.y, box.x))
        lines = [line for box in boxes for line in self._best(page, box) if line.read.text.strip()]
        again = self._recogniser.in_any_script([line.read for line in lines])
        lines = [replace(line, read=read) for line, read in zip(lines, again, strict=True)]
        lines = [x for x in lines if x.read.confidence >= MIN_CONFIDENCE and x.read.text.strip()]
        texts = quotes.settle([line.read for line in lines])
        found: list[OcrWord] = []
        for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
            found += words.of_line(line, text, number)
        return found

    def _best(self, page: Image.Image, box: LineBox) -> list[CutLine]:
        best: list[CutLine] = []
        confidence = -1.0
        for way in line_pictures.ways(page, box):
            cuts = [(part, line_pictures.cut(page, part)) for part in way]
            read = [CutLine(part, picture, self._recogniser.read(picture)) for part, picture in cuts]
            mean = sum(line.read.confidence for line in read) / len(read)
            if mean > confidence:
                best, confidence = read, mean
            if confidence > SURE:
                break
        return best
