"""A page's picture made ready to be read: which way it lies, how crooked it is, what is ink and what is dirt.

Every turn is remembered, so that boxes found in the upright picture can be put back on the page as it is shown.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from extraction.ocr import components

# Lines are judged at about this many pixels per inch.
LOOK_DPI = 100.0
# And at no more pixels than this along a side.
LOOK_PX = 1500
MAX_SKEW_DEGREES = 10.0
# Less than this is not worth a resampling: over a page's width it is a third of a line.
MIN_SKEW_DEGREES = 0.25
# Ink is darker than this share of the paper around it.
INK = 0.72
# In pixels at LOOK_DPI: what is lower is dust; what is higher than half the page is a shadow or a rule.
SPECK_PX = 5
# So few marks say nothing of lines.
FEW_LETTERS = 15
_FEWEST_POINTS, _MOST_POINTS = 200, 100_000
# How much sharper the lines have to be up and down than across for the page to lie on its side.
ON_SIDE = 1.2


@dataclass(frozen=True)
class Placement:
    """From pixels of the upright picture to pixels of the one it was made from: x' = ax + by + c, y' = dx + ey + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 1.0
    f: float = 0.0

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """Rows (x0, y0, x1, y1): the upright rectangles around the boxes in their place."""
        x, y = boxes[:, [0, 2, 2, 0]], boxes[:, [1, 1, 3, 3]]
        across, down = self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f
        return np.column_stack([across.min(axis=1), down.min(axis=1), across.max(axis=1), down.max(axis=1)])


def turned(image: np.ndarray, quarters: int, skew_degrees: float = 0.0) -> tuple[np.ndarray, Placement]:
    """The picture turned clockwise by `quarters` of a circle, then levelled; and the way back."""
    height, width = image.shape[:2]
    quarters %= 4
    upright = np.ascontiguousarray(np.rot90(image, -quarters))
    back = {
        0: Placement(),
        1: Placement(0, 1, 0, -1, 0, height),
        2: Placement(-1, 0, width, 0, -1, height),
        3: Placement(0, -1, width, 1, 0, 0),
    }[quarters]
    if abs(skew_degrees) < MIN_SKEW_DEGREES:
        return upright, back
    high, wide = upright.shape[:2]
    cos, sin = np.cos(np.radians(skew_degrees)), np.sin(np.radians(skew_degrees))
    x, y = wide / 2, high / 2
    level = Placement(cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y)
    coefficients = (level.a, level.b, level.c, level.d, level.e, level.f)
    paper = int(np.median(upright))
    picture = Image.fromarray(upright).transform(
        (wide, high), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC, fillcolor=paper
    )
    return np.asarray(picture), _chained(back, level)


def _chained(outer: Placement, inner: Placement) -> Placement:
    return Placement(
        outer.a * inner.a + outer.b * inner.d,
        outer.a * inner.b + outer.b * inner.e,
        outer.a * inner.c + outer.b * inner.f + outer.c,
        outer.d * inner.a + outer.e * inner.d,
        outer.d * inner.b + outer.e * inner.e,
        outer.d * inner.c + outer.e * inner.f + outer.f,
    )


@dataclass(frozen=True)
class Look:
    """A small picture of where the ink is, without dust, rules, pictures and shadows; how many `letters` (or other
    marks of their size) that is; `dpi` of that picture.
    """

    marks: np.ndarray
    dpi: float
    letters: int

    def turned(self, quarters: int) -> "Look":
        """As it is after turning clockwise by so many quarters of a circle."""
        return Look(np.rot90(self.marks, -quarters), self.dpi, self.letters)

    @property
    def share(self) -> float:
        """Ink as a share of the page."""
        return float(self.marks.mean()) if self.marks.size else 0.0


def look(image: np.ndarray, dpi: float) -> Look:
    """What of a grey picture is ink of the size of letters."""
    factor = max(1, round(dpi / LOOK_DPI), round(max(image.shape) / LOOK_PX))
    small = Image.fromarray(image).reduce(factor) if factor > 1 else Image.fromarray(image)
    paper = _paper(small)
    pixels = np.asarray(small, dtype=np.float32)
    # A black page with white letters is read as the reverse.
    ink = pixels < paper * INK if np.median(pixels) >= 96 else pixels > 96 + 64
    runs = components.find(ink)
    if not runs.count:
        return Look(ink, dpi / factor, 0)
    high, wide = components.extents(runs)
    letters = (high >= SPECK_PX) & (high <= small.height / 2) & (wide <= small.width / 2)
    letters &= ~components.touching_edge(runs, small.height, small.width)
    return Look(components.mask(runs, letters, ink.shape), dpi / factor, int(letters.sum()))


def _paper(picture: Image.Image) -> np.ndarray:
    """How light the paper is around each pixel: the lightest of its neighbourhood, smoothed."""
    coarse = picture.reduce(8).filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.BoxBlur(2))
    return np.asarray(coarse.resize(picture.size, Image.Resampling.BILINEAR), dtype=np.float32)


@dataclass(frozen=True)
class Lie:
    """How the lines of text lie: `on_side` if they run up and down; `skew` degrees by which they run down to the right,
    once the picture is turned clockwise by a quarter if it lies on its side; `clear` if there is no doubt of the first.
    """

    on_side: bool = False
    skew: float = 0.0
    clear: bool = False


def lie(seen: Look) -> Lie:
    """How the lines lie; upright and straight where nothing tells.

    Lines make the profile of ink across them sharp, at the right angle sharpest (Postl 1986).
    """
    if seen.letters < FEW_LETTERS:
        return Lie()
    (level, across), (steep, down) = _sharpest(seen.marks), _sharpest(seen.turned(1).marks)
    enough = seen.letters >= 4 * FEW_LETTERS
    on_side = enough and down > ON_SIDE * across
    return Lie(on_side, steep if on_side else level, enough and (on_side or across > ON_SIDE * down))


def _sharpest(marks: np.ndarray) -> tuple[float, float]:
    """The angle at which the rows' profile is sharpest, found coarsely, then finely; and how sharp it is there."""
    y, x = np.nonzero(marks)
    if len(x) < _FEWEST_POINTS:
        return 0.0, 0.0
    if len(x) > _MOST_POINTS:
        chosen = np.linspace(0, len(x) - 1, _MOST_POINTS).astype(int)
        x, y = x[chosen], y[chosen]
    centred = x - marks.shape[1] / 2

    def sharpness(degrees: float) -> float:
        rows = y - centred * np.tan(np.radians(degrees))
        profile = np.bincount((rows - rows.min()).astype(int)).astype(float)
        return float((np.diff(profile) ** 2).sum() / (profile**2).sum())

    best = 0.0
    for reach, step in ((MAX_SKEW_DEGREES, 1.0), (1.0, 0.2), (0.2, 0.05)):
        angles = best + np.arange(-reach, reach + step / 2, step)
        best = float(angles[int(np.argmax([sharpness(float(angle)) for angle in angles]))])
    sharp, straight = sharpness(best), sharpness(0.0)
    return (best, sharp) if abs(best) <= MAX_SKEW_DEGREES and sharp > 1.1 * straight else (0.0, straight)


def softened(image: np.ndarray) -> np.ndarray:
    """A grey picture with its edges blurred: the ragged letters of a fax become whole.

    Measured on fax-like pages: errors fall by a tenth to a third. Taking specks out, by median or by size, multiplies
    them, as it takes dots and thin strokes along.
    """
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(1.2)))
