"""What happens to a page on its way through copiers, scanners and fax machines, done to its picture."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from lexintel.benchmarks.ocr_pages import TruePage


@dataclass(frozen=True)
class Condition:
    """`make(page, random numbers)` gives the picture as it is scanned; `dpi` of it; `turned` by more than a scanner
    that is fed crookedly does.
    """

    name: str
    dpi: float
    make: Callable[[TruePage, np.random.Generator], Image.Image]
    turned: bool = False


def noisy(picture: Image.Image, numbers: np.random.Generator) -> Image.Image:
    """A grainy, uneven copy with specks, saved as a JPEG."""
    pixels = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)
    pixels = 18 + pixels * (225 / 255) + numbers.normal(0, 14, pixels.shape).astype(np.float32)
    specks = numbers.random(pixels.shape)
    pixels[specks < 0.0008], pixels[specks > 0.9992] = 0, 255
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=45)
    return Image.open(buffer).convert("L")


def skewed(picture: Image.Image, numbers: np.random.Generator) -> Image.Image:
    """Fed crookedly, by half a degree to three."""
    degrees = float(numbers.uniform(0.5, 3) * numbers.choice([-1, 1]))
    return picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)


def faxed(page: TruePage, numbers: np.random.Generator, lines_per_inch: float) -> Image.Image:
    """Black and white, 204 dots across and 98 (standard) or 196 (fine) lines down an inch, with broken strokes,
    as it is drawn: with square pixels.
    """
    picture = page.picture(204).filter(ImageFilter.GaussianBlur(0.5))
    low = picture.resize((picture.width, round(picture.height * lines_per_inch / 204)), Image.Resampling.BOX)
    grain = numbers.normal(0, 22, (low.height, low.width))
    black = np.asarray(low, dtype=np.float32) + grain < 150
    black &= numbers.random(black.shape) > 0.02
    black |= numbers.random(black.shape) < 0.0006
    fax = Image.fromarray(np.where(black, 0, 255).astype(np.uint8))
    return fax.resize(picture.size, Image.Resampling.NEAREST)


def _turned(quarters: int) -> Callable[[TruePage, np.random.Generator], Image.Image]:
    def make(page: TruePage, numbers: np.random.Generator) -> Image.Image:
        return noisy(page.picture(200), numbers).rotate(90 * quarters, expand=True)

    return make


CONDITIONS = (
    Condition("clean_200", 200, lambda page, numbers: page.picture(200)),
    Condition("noisy_200", 200, lambda page, numbers: noisy(page.picture(200), numbers)),
    Condition("clean_300", 300, lambda page, numbers: page.picture(300)),
    Condition("noisy_300", 300, lambda page, numbers: noisy(page.picture(300), numbers)),
    Condition("skewed_200", 200, lambda page, numbers: skewed(page.picture(200), numbers)),
    Condition("noisy_skewed_200", 200, lambda page, numbers: noisy(skewed(page.picture(200), numbers), numbers)),
    Condition("upside_down_200", 200, _turned(2), turned=True),
    Condition("on_its_side_200", 200, _turned(1), turned=True),
    Condition("fax_204x196", 204, lambda page, numbers: faxed(page, numbers, 196)),
    Condition("fax_204x98", 204, lambda page, numbers: faxed(page, numbers, 98)),
)
