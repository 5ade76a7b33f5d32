"""Where a page's lines of text are: the PP-OCR detector's map of text, made into rectangles."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from extraction.ocr import components, onnx_session

# The network halves its input five times.
MULTIPLE = 32
# A page of legal size at 110 dpi is looked at whole; larger pictures in tiles, with so much around them.
LONGEST_PX, TILE_PX, MARGIN_PX = 1600, 1280, 96
# From PP-OCR's own configuration: a pixel is text, an area is text, and how far the area is grown again, as the
# network marks only a line's core (area * ratio / perimeter, as in the DB paper, arXiv:1911.08947).
PIXEL_SCORE, AREA_SCORE, GROWTH = 0.3, 0.5, 1.6
MIN_THICKNESS_PX = 3.0
MAX_LINES = 3000


@dataclass(frozen=True)
class LineBox:
    """A line's rectangle in pixels: centre, length along the line, height across it, direction in radians."""

    x: float
    y: float
    length: float
    height: float
    angle: float


class TextDetector:
    """The detector, loaded once; one thread."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        self._session = onnx_session.open_model(model.read_bytes(), threads)

    def lines(self, image: Image.Image, scale: float) -> list[LineBox]:
        """Lines of a grey image, looked at `scale` times its size; boxes are in the image's own pixels."""
        width, height = (max(1, round(side * scale / MULTIPLE)) * MULTIPLE for side in image.size)
        small = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)
        scores = self._scores(small / np.float32(127.5) - np.float32(1))
        return _boxes(scores, image.width / width, image.height / height)

    def _scores(self, pixels: np.ndarray) -> np.ndarray:
        """How likely each pixel is text. A large picture is looked at in tiles: memory goes with a tile's size."""
        scores = np.zeros(pixels.shape, dtype=np.float32)
        for down in _parts(pixels.shape[0]):
            for across in _parts(pixels.shape[1]):
                tile = pixels[down.seen, across.seen]
                (found,) = self._session.run(None, {"x": np.broadcast_to(tile, (1, 3, *tile.shape))})
                scores[down.kept, across.kept] = found[0, 0][down.inner, across.inner]
        return scores


@dataclass(frozen=True)
class _Part:
    """A stretch of a side: what the network sees, what of it is kept, and where that lies in what it sees."""

    seen: slice
    kept: slice
    inner: slice


def _parts(length: int) -> list[_Part]:
    """Even stretches of at most TILE_PX, each seen with MARGIN_PX around it, in multiples of MULTIPLE."""
    count = 1 if length <= LONGEST_PX else -(-length // TILE_PX)
    step = -(-length // (count * MULTIPLE)) * MULTIPLE
    parts = []
    for start in range(0, length, step):
        end = min(length, start + step)
        first, last = max(0, start - MARGIN_PX), min(length, end + MARGIN_PX)
        parts.append(_Part(slice(first, last), slice(start, end), slice(start - first, end - first)))
    return parts


def _boxes(scores: np.ndarray, x_scale: float, y_scale: float) -> list[LineBox]:
    runs = components.find(scores > PIXEL_SCORE)
    if runs.count == 0:
        return []
    found = components.rectangles(runs)
    sure = components.means(runs, scores) > AREA_SCORE
    kept = np.flatnonzero(sure & (np.minimum(found.length, found.thickness) >= MIN_THICKNESS_PX))[:MAX_LINES]
    grown = found.length * found.thickness * GROWTH / (found.length + found.thickness)
    return [
        LineBox(
            float(found.x[n] * x_scale),
            float(found.y[n] * y_scale),
            float((found.length[n] + grown[n]) * x_scale),
            float((found.thickness[n] + grown[n]) * y_scale),
            float(found.angle[n]),
        )
        for n in kept
    ]
