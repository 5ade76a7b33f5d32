"""What an OCR engine is, and the words it gives."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class OcrWord:
    """`confidence` from 0 to 1; the box in pixels of the image given; words of one `line` stand in one row."""

    text: str
    confidence: float
    x0: float
    y0: float
    x1: float
    y1: float
    line: int


class Engine(Protocol):
    """`name` says engine, version and model, as it is recorded with every page it reads.

    `unreadable`: languages it was asked for and has no letters for.
    """

    @property
    def name(self) -> str: ...

    @property
    def unreadable(self) -> tuple[str, ...]: ...

    def recognise(self, image: np.ndarray, dpi: float) -> list[OcrWord]:
        """Words of an upright image, uint8, grey (height, width) or RGB (height, width, 3), line by line."""
        ...


class EngineUnavailable(Exception):
    """No engine can read what is asked. The message tells the operator what is missing."""
