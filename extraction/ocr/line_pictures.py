"""A line's box cut out of the page and laid level, in every way it may have to be read.

A box that stands upright is text turned by 90 degrees (a stamp along the margin), or figures one below the other that
the detector took for one thing: each way is tried, and the one that reads best is kept.
"""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from extraction.ocr.text_detection import LineBox
from extraction.ocr.text_recognition import LINE_HEIGHT_PX, MAX_WIDTH_PX, MIN_WIDTH_PX

# From this many times as high as wide a box is not simply a letter.
STANDING = 1.7
MIN_ROW_PX = 5


def ways(page: Image.Image, box: LineBox) -> Iterator[list[LineBox]]:
    """The boxes that `box` may have to be read as, likeliest first; each way is one or more level lines."""
    steep = abs(np.sin(box.angle)) > np.sin(np.pi / 4)
    width, height = (box.height, box.length) if steep else (box.length, box.height)
    if height < STANDING * width:
        yield [LineBox(box.x, box.y, width, height, 0.0)] if steep else [box]
        return
    rows = _rows(page, box, width, height)
    if rows:
        yield rows
    lean = box.angle if steep else -np.pi / 2
    for angle in (lean if lean < 0 else lean - np.pi, lean if lean > 0 else lean + np.pi):
        yield [LineBox(box.x, box.y, height, width, float(angle))]


def _rows(page: Image.Image, box: LineBox, width: float, height: float) -> list[LineBox]:
    """What stands one below the other in an upright box, parted by paper; empty if that is not how it looks."""
    left, top = max(0, int(box.x - width / 2)), max(0, int(box.y - height / 2))
    part = np.asarray(page.crop((left, top, int(box.x + width / 2) + 1, int(box.y + height / 2) + 1)))
    paper, dark = float(np.median(part)), float(part.min())
    inked = np.flatnonzero(np.diff((part < (paper + dark) / 2).any(axis=1), prepend=False, append=False))
    spans = [(a, b) for a, b in inked.reshape(-1, 2).tolist() if b - a >= MIN_ROW_PX]
    if len(spans) < 2 or max(b - a for a, b in spans) > 2 * width:
        return []
    margin = [*(min(8, (b - a) / 2) for a, b in zip([e for _, e in spans], [s for s, _ in spans[1:]], strict=False)), 4]
    pad = max(2.0, min(margin))
    return [LineBox(box.x, top + (a + b) / 2, width, b - a + 2 * pad, 0.0) for a, b in spans]


def cut(page: Image.Image, box: LineBox) -> np.ndarray:
    """The line's pixels, laid level, uint8 (LINE_HEIGHT_PX, width)."""
    wanted = round(box.length / box.height * LINE_HEIGHT_PX)
    size = min(MAX_WIDTH_PX, max(MIN_WIDTH_PX, wanted)), LINE_HEIGHT_PX
    cos, sin = np.cos(box.angle), np.sin(box.angle)
    if abs(sin) * box.length < 2:
        left, top = max(0.0, box.x - box.length / 2), max(0.0, box.y - box.height / 2)
        right, bottom = min(page.width, box.x + box.length / 2), min(page.height, box.y + box.height / 2)
        return np.asarray(page.resize(size, Image.Resampling.BILINEAR, (left, top, right, bottom)))
    across, down = box.length / size[0], box.height / size[1]
    left = box.x - cos * box.length / 2 + sin * box.height / 2
    top = box.y - sin * box.length / 2 - cos * box.height / 2
    turned = (cos * across, -sin * down, left, sin * across, cos * down, top)
    return np.asarray(page.transform(size, Image.Transform.AFFINE, turned, Image.Resampling.BICUBIC, fillcolor=255))
