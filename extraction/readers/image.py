"""Pictures (PNG, JPEG, TIFF, GIF, WebP, BMP): one page per frame, without text until OCR has read it."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image, ImageFile, ImageOps

from extraction.errors import PermanentError
from extraction.readers.base import DocumentInfo, Item, PageRead, ReadOptions
from extraction.readers.damage import damage_is_corrupt

MAX_PIXELS = 64_000_000
MAX_FRAMES = 500
# Of more than are read: enough to say that there are more.
MAX_COUNTED = 2000
POINTS_PER_INCH = 72
# What a scanner or a screen may honestly claim.
MIN_DPI, MAX_DPI = 30, 2400
FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP", "MPO")
_EXIF_ORIENTATION, _EXIF_TAKEN, _EXIF_MAKE, _EXIF_MODEL = 0x0112, 0x0132, 0x010F, 0x0110
# EXIF orientations that lie on their side.
_SIDEWAYS = (5, 6, 7, 8)


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """A page per frame. Raises PermanentError(corrupt | resource_memory)."""
    with _open(file) as picture:
        count = _frames(picture)
        last = min(count, MAX_FRAMES, options.max_pages)
        over = ("too_many_pages",) if last < count else ()
        yield DocumentInfo(count, last if last < count else None, _meta(picture), over)
        for number in range(1, last + 1):
            if options.wants(number):
                yield _page(picture, number)


def render(file: BinaryIO, number: int, dpi: float, password: str | None = None) -> Image.Image:
    """Frame `number` (1-based) upright, as RGB or L, scaled to `dpi` where the file says its own resolution.

    A picture that says nothing of its resolution, or already has less, is given as it is: enlarging adds nothing.
    `password` is taken for the sake of one signature with other formats. Raises PermanentError(corrupt |
    resource_memory).
    """
    with _open(file) as picture:
        try:
            with _quietly():
                picture.seek(number - 1)
                _check_size(picture)
                scale = min(1.0, dpi / _dpi(picture)[0]) if picture.info.get("dpi") else 1.0
                upright = _flat(ImageOps.exif_transpose(picture))
            if scale < 1.0:
                size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
                upright = upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
            return upright
        except (PermanentError, MemoryError):
            raise
        except Exception as error:
            raise PermanentError("corrupt", type(error).__name__) from None


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Damaged EXIF and odd sizes are warned of; what matters is checked here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _open(file: BinaryIO) -> Image.Image:
    file.seek(0)
    # A scan cut off at its end is worth its upper part.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with _quietly():
            picture = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:
        raise PermanentError("resource_memory", "pixels") from None
    except MemoryError:
        raise
    except Exception as error:
        raise PermanentError("corrupt", type(error).__name__) from None
    _check_size(picture)
    return picture


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise PermanentError("resource_memory", "pixels")
    if not width or not height:
        raise PermanentError("corrupt", "no pixels")


def _frames(picture: Image.Image) -> int:
    """How many frames there are, as far as they are counted; an animation is one picture."""
    if picture.format != "TIFF":
        return 1
    count = 1
    try:
        with _quietly():
            # The library's own count goes through all that there are, and looks for each among those before it.
            while count < MAX_COUNTED:
                picture.seek(count)
                count += 1
    except MemoryError:
        raise
    except Exception:  # noqa: S110 - the end, or damage: the frames up to there
        pass
    return count


def _page(picture: Image.Image, number: int) -> PageRead:
    try:
        with _quietly():
            picture.seek(number - 1)
            _check_size(picture)
            width, height = picture.size
            across, down = _dpi(picture)
            picture.load()
            if picture.getexif().get(_EXIF_ORIENTATION) in _SIDEWAYS:
                width, height, across, down = height, width, down, across
    except MemoryError:
        raise
    except PermanentError as error:
        return PageRead(number, "unreadable", reason=error.code)
    except Exception:
        return PageRead(number, "unreadable", reason="page_damaged")
    size = (round(width * POINTS_PER_INCH / across, 2), round(height * POINTS_PER_INCH / down, 2))
    return PageRead(number, "unreadable", width=size[0], height=size[1], reason="no_text_layer")


def _dpi(picture: Image.Image) -> tuple[float, float]:
    try:
        across, down = (float(v) for v in picture.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return POINTS_PER_INCH, POINTS_PER_INCH
    if not (MIN_DPI <= across <= MAX_DPI and MIN_DPI <= down <= MAX_DPI):
        return POINTS_PER_INCH, POINTS_PER_INCH
    return across, down


def _flat(picture: Image.Image) -> Image.Image:
    """On white, in grey or colour: transparency and palettes mean nothing to OCR."""
    if picture.mode in ("L", "RGB"):
        return picture.copy()
    if picture.mode in ("1", "I;16", "I", "F"):
        return picture.convert("L")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    return picture.convert("RGB")


def _meta(picture: Image.Image) -> dict[str, str]:
    try:
        with _quietly():
            exif = picture.getexif()
    except MemoryError:
        raise
    except Exception:
        return {}
    camera = " ".join(str(exif.get(tag) or "").strip() for tag in (_EXIF_MAKE, _EXIF_MODEL)).strip()
    found = {"created": _taken(str(exif.get(_EXIF_TAKEN) or "")), "camera": camera[:200]}
    found["format"] = picture.format or ""
    return {name: value for name, value in found.items() if value}


def _taken(text: str) -> str:
    """EXIF's 2021:03:04 09:00:00 as ISO 8601; empty if it is something else."""
    date, _, clock = text.strip("\x00 ").partition(" ")
    parts = date.split(":")
    if len(parts) != 3 or not all(p.isdigit() for p in parts) or parts[0] == "0000":
        return ""
    return f"{'-'.join(parts)}T{clock}" if clock else "-".join(parts)
