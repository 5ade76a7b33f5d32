"""One page through OCR: the picture at a fitting scale, made upright, read, and its words put in order on the page.

render ─▶ look: blank? on its side? crooked? ─▶ engine ─▶ unsure? the other way up; cleaned; larger ─▶ layout ─▶ points
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from documents.wordboxes import MAX_WORDS, pack
from extraction.ocr import image, layout
from extraction.ocr.base import Engine, OcrWord

POINTS_PER_INCH = 72.0
DPI, FINE_DPI, FINEST_DPI, MIN_DPI = 200.0, 300.0, 600.0, 40.0
# An A1 sheet at DPI; a larger one is scaled down to it.
MAX_PIXELS = 32_000_000
# No sheet is longer than A0: a page that claims to be, or a picture that says nothing of its resolution, is taken to
# be of the usual size.
LONGEST_INCHES, PAGE_INCHES = 48.0, 11.7
# As sure as this no other way is tried; below the second, the page may be upside down.
SURE, DOUBTFUL = 0.95, 0.75
# Lines lower than this are read better from a picture in which they are as high as the second.
SMALL_PX, GOOD_PX = 18.0, 28.0
# So few letters say nothing about the whole page.
FEW_LETTERS = 12
# How much of a page is read to find out which way is up.
PART = 0.15
# Ink over less of the page than this, in which nothing was read, is dirt on a blank page.
BLANK_SHARE = 0.0015

Render = Callable[[float], np.ndarray]


@dataclass(frozen=True)
class OcrPage:
    """`state`: ocr, blank, or unreadable with a `reason`. `words` as documents.wordboxes packs them, in points from the
    page's top left as it is shown. `confidence`: mean over the letters, None without any.

    `turned`: degrees clockwise that the picture was turned to stand upright; `skew`: degrees it was crooked by.
    """

    state: str
    text: str = ""
    words: bytes = b""
    confidence: float | None = None
    reason: str = ""
    engine: str = ""
    dpi: float = 0.0
    turned: int = 0
    skew: float = 0.0
    way: str = ""


@dataclass(frozen=True)
class _Reading:
    words: Sequence[OcrWord]
    placement: image.Placement
    dpi: float
    scale: float
    quarters: int
    skew: float
    way: str

    @property
    def letters(self) -> int:
        return sum(len(word.text) for word in self.words)

    @property
    def confidence(self) -> float:
        return sum(word.confidence * len(word.text) for word in self.words) / max(1, self.letters)

    @property
    def worth(self) -> float:
        """What a reading has beyond guesses: many letters, surely read."""
        return sum((word.confidence - 0.5) * len(word.text) for word in self.words)

    @property
    def height(self) -> float:
        """The usual height of a line in pixels; infinite without words."""
        return float(np.median([word.y1 - word.y0 for word in self.words])) if self.words else np.inf

    @property
    def stands(self) -> bool:
        """Whether most letters stand in lines that run up or down."""
        long = [word for word in self.words if len(word.text) > 3]
        upright = sum(len(word.text) for word in long if word.y1 - word.y0 > word.x1 - word.x0)
        return 2 * upright > sum(len(word.text) for word in long)


@dataclass(frozen=True)
class _Picture:
    """Grey pixels, their resolution as far as it is known, and pixels per point."""

    pixels: np.ndarray
    dpi: float
    scale: float


def recognise_page(render: Render, width_pt: float, height_pt: float, engine: Engine) -> OcrPage:
    """Read a page of this size in points; `render(dpi)` gives it as it is shown, uint8, grey or RGB.

    A render may give fewer pixels than asked for. Raises what `render` and the engine raise.
    """
    size = (max(width_pt, 1.0), max(height_pt, 1.0))
    picture = _pictured(render, size, DPI)
    seen = image.look(picture.pixels, picture.dpi)
    if not seen.marks.any():
        return OcrPage("blank", engine=engine.name, dpi=round(picture.dpi, 1))
    best = _upright(picture, seen, engine)
    if best.confidence < SURE or best.height < SMALL_PX:
        best = max(_again(render, size, picture, best, engine), key=lambda r: r.worth)
    return _finished(best, size, engine.name, seen)


def _pictured(render: Render, size: tuple[float, float], dpi: float) -> _Picture:
    area = size[0] * size[1] / POINTS_PER_INCH**2
    wanted = max(MIN_DPI, min(dpi, (MAX_PIXELS / area) ** 0.5))
    pixels = _grey(render(wanted))
    scale = pixels.shape[1] / size[0]
    true_dpi = scale * POINTS_PER_INCH
    longest = max(pixels.shape[:2])
    if max(size) > LONGEST_INCHES * POINTS_PER_INCH or true_dpi < 0.9 * wanted:
        true_dpi = max(true_dpi, longest / PAGE_INCHES)
    return _Picture(pixels, true_dpi, scale)


def _grey(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[:, :, 0])
    if pixels.ndim == 3:
        # ITU-R BT.601 luma.
        return (pixels[:, :, :3] @ np.array([0.299, 0.587, 0.114], dtype=np.float32)).astype(np.uint8)
    return np.ascontiguousarray(pixels)


def _upright(picture: _Picture, seen: image.Look, engine: Engine) -> _Reading:
    """The reading of the picture the right way up. Other ways are tried on a part of it before they are read."""
    lie = image.lie(seen)
    if lie.on_side:
        return _read(picture, *_likeliest(picture, seen, (1, 3, 0), engine), engine)
    first = _read(picture, 0, lie.skew, engine)
    if first.confidence >= DOUBTFUL and first.letters >= FEW_LETTERS and not first.stands:
        return first
    quarters, skew = _likeliest(picture, seen, _turns(first, lie), engine)
    if not quarters:
        return first
    other = _read(picture, quarters, skew, engine)
    return other if first.stands else max(first, other, key=lambda r: r.worth)


def _turns(first: _Reading, lie: image.Lie) -> tuple[int, ...]:
    """By how many quarters a page may have to be turned whose first reading is poor."""
    if first.stands:
        return 1, 3
    return (2, 0) if lie.clear else (2, 0, 1, 3)


def _likeliest(picture: _Picture, seen: image.Look, ways: Sequence[int], engine: Engine) -> tuple[int, float]:
    """Which of these turns, in quarters, reads best where there is most ink; and the skew after it."""
    best, worth, leaning = ways[0], -np.inf, 0.0
    for quarters in ways:
        looked = seen.turned(quarters)
        skew = image.lie(looked).skew
        upright, _ = image.turned(picture.pixels, quarters, skew)
        words = engine.recognise(_densest(upright, looked.marks), picture.dpi)
        level = [word for word in words if word.x1 - word.x0 > word.y1 - word.y0 or len(word.text) < 3]
        letters = sum(len(word.text) for word in level)
        found = sum((word.confidence - 0.5) * len(word.text) for word in level)
        if found > worth:
            best, worth, leaning = quarters, found, skew
        if letters >= FEW_LETTERS and found >= (SURE - 0.5) * letters and len(level) > 0.8 * len(words):
            break
    return best, leaning


def _densest(upright: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """The band of the picture, PART of its height, that has most ink."""
    rows = np.cumsum(marks.sum(axis=1))
    high = max(1, int(len(rows) * PART))
    top = int((rows[high:] - rows[:-high]).argmax()) if len(rows) > high else 0
    scale = upright.shape[0] / max(1, len(rows))
    return np.ascontiguousarray(upright[int(top * scale) : int((top + high) * scale) + 1])


def _read(picture: _Picture, quarters: int, skew: float, engine: Engine, way: str = "as it is") -> _Reading:
    upright, placement = image.turned(picture.pixels, quarters, skew)
    words = engine.recognise(upright, picture.dpi)
    return _Reading(words, placement, picture.dpi, picture.scale, quarters, skew, way)


def _again(
    render: Render, size: tuple[float, float], picture: _Picture, first: _Reading, engine: Engine
) -> list[_Reading]:
    """The first reading of a page that is hard to read, and others: softened, and at a finer scale if there is one."""
    readings = [first]
    if first.confidence < SURE:
        soft = replace(picture, pixels=image.softened(picture.pixels))
        readings.append(_read(soft, first.quarters, first.skew, engine, "softened"))
    if max(reading.confidence for reading in readings) < SURE or first.height < SMALL_PX:
        fine = _pictured(render, size, min(FINEST_DPI, max(FINE_DPI, picture.dpi * GOOD_PX / max(first.height, 4.0))))
        if fine.scale > 1.2 * picture.scale:
            readings.append(_read(fine, first.quarters, first.skew, engine, "finer"))
    return readings


def _finished(reading: _Reading, size: tuple[float, float], engine: str, seen: image.Look) -> OcrPage:
    page = OcrPage(
        "unreadable",
        reason="ocr_found_nothing",
        engine=engine,
        dpi=round(reading.dpi, 1),
        turned=reading.quarters * 90,
        skew=round(reading.skew, 2),
        way=reading.way,
    )
    arranged = layout.arrange(list(reading.words)[:MAX_WORDS])
    if not any(char.isalnum() for char in arranged.text):
        return replace(page, state="blank", reason="") if seen.share < BLANK_SHARE else page
    boxes = np.array([(w.x0, w.y0, w.x1, w.y1) for w in arranged.words])
    points = reading.placement.boxes(boxes) / reading.scale
    points[:, [0, 2]] = points[:, [0, 2]].clip(0, size[0])
    points[:, [1, 3]] = points[:, [1, 3]].clip(0, size[1])
    words = pack(np.column_stack([arranged.spans, points]))
    confidence = round(reading.confidence, 4)
    return replace(page, state="ocr", reason="", text=arranged.text, words=words, confidence=confidence)
