"""PDF pages of coloured words, written by hand: any page box, rotation and text matrix, and each word's ink known."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

COLOURS = {"red": (230, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 230), "black": (0, 0, 0)}
# Farther from white than this is ink.
_INK = 310.0


@dataclass(frozen=True)
class Placed:
    """A word in one of the COLOURS, its baseline from (x, y) upwards by `turn` degrees. `more`: operators before it."""

    text: str
    colour: str
    x: float
    y: float
    turn: float = 0.0
    size: float = 14.0
    font: str = "Helvetica"
    more: str = ""

    def drawn(self) -> str:
        """Its part of a content stream."""
        r, g, b = (shade / 255 for shade in COLOURS[self.colour])
        cos, sin = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        matrix = f"{cos:.6f} {sin:.6f} {-sin:.6f} {cos:.6f} {self.x} {self.y} Tm"
        fill = f"{r:.3f} {g:.3f} {b:.3f} rg"
        return f"q BT {fill} /{self.font} {self.size} Tf {self.more} {matrix} ({self.text}) Tj ET Q"


def page_of(words: list[Placed], *, page: str, before: str = "", in_form: str = "") -> bytes:
    """A PDF of one page. `page`: entries of its dictionary; `before`: operators before the words; `in_form`: the words
    are inside a form with this matrix."""
    content = before + "\n" + "\n".join(word.drawn() for word in words)
    fonts = "".join(
        f"/{name.replace(' ', '')} << /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >> "
        for name in ("Helvetica", "Times-Italic", "Courier-Bold")
    )
    resources = f"/Resources << /Font << {fonts} >> /XObject << /Form 5 0 R >> >>"
    form = content if in_form else ""
    body = "/Form Do" if in_form else content
    kind = f"/Type /XObject /Subtype /Form /BBox [-5000 -5000 5000 5000] /Matrix [{in_form or '1 0 0 1 0 0'}]"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {resources} /Contents 4 0 R {page} >>",
        f"<< /Length {len(body)} >>\nstream\n{body}\nendstream",
        f"<< {kind} /Resources << /Font << {fonts} >> >> /Length {len(form)} >>\nstream\n{form}\nendstream",
    ]
    out, places = "%PDF-1.7\n", []
    for number, thing in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{thing}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return f"{out}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")


def ink_of(picture: Image.Image) -> dict[str, np.ndarray]:
    """Where each colour's ink is: rows of (x, y) of the pixels' middles."""
    pixels = np.asarray(picture.convert("RGB"))
    places = np.argwhere(pixels.min(axis=2) < 128)
    shades = pixels[places[:, 0], places[:, 1]].astype(float)
    strong = np.linalg.norm(255 - shades, axis=1) > _INK
    places, shades = places[strong], shades[strong]
    distances = [np.linalg.norm(shades - np.array(colour), axis=1) for colour in COLOURS.values()]
    nearest = np.argmin(distances, axis=0)
    return {name: places[nearest == number][:, ::-1] + 0.5 for number, name in enumerate(COLOURS)}


def share_inside(ink: np.ndarray, box: tuple[float, float, float, float], grown: float = 0.0) -> float:
    """How much of the ink lies in the box; 0 of no ink at all."""
    if not len(ink):
        return 0.0
    x0, y0, x1, y1 = box
    across = (ink[:, 0] >= x0 - grown) & (ink[:, 0] <= x1 + grown)
    down = (ink[:, 1] >= y0 - grown) & (ink[:, 1] <= y1 + grown)
    return float((across & down).mean())
