"""The reader of the second pass: pages that are pictures, each drawn, recognised, and given as any reader gives it."""

import functools
import time
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from documents.wordboxes import unpack_array
from extraction.errors import PermanentError
from extraction.ocr import Engine, make_engine
from extraction.ocr.page import OcrPage, recognise_page
from extraction.readers import numbered_lines
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions
from extraction.readers.rendering import render

# Above which no page of the options lies; the parent knows the document.
_ANY = 1_000_000


@functools.cache
def engine(choice: str, languages: str) -> Engine:
    """The engine, loaded once; in the zygote, so that every child is born with it. Raises EngineUnavailable."""
    return make_engine(choice, languages)


def read(file: BinaryIO, media_type: str, options: ReadOptions) -> Iterator[DocumentInfo | PageRead]:
    """The pages named by the options. Raises PermanentError, EngineUnavailable."""
    reader = engine(options.ocr_engine, options.ocr_languages)
    yield DocumentInfo(max(options.pages or (_ANY,)))
    started = time.monotonic()
    sizes = {number: (width, height) for number, width, height in options.page_sizes}
    for number in options.pages or ():
        if time.monotonic() - started > options.deadline_s:
            return
        try:
            yield _page(file, media_type, number, sizes[number], options.password, reader)
        except PermanentError as error:
            yield PageRead(number, "unreadable", reason=error.code)


def _page(
    file: BinaryIO, media_type: str, number: int, size: tuple[float, float], password: str | None, reader: Engine
) -> PageRead:
    def at(dpi: float) -> np.ndarray:
        return np.asarray(render(file, media_type, number, dpi, password))

    return as_page(number, recognise_page(at, *size, reader), *size)


def as_page(number: int, found: OcrPage, width: float, height: float) -> PageRead:
    """What the engine found on a page of this size, in points."""
    marks = numbered_lines.find(found.text, unpack_array(found.words)) if found.state == "ocr" else []
    reason = found.reason or ("ocr_found_nothing" if found.state == "unreadable" else "")
    return PageRead(
        number,
        found.state,
        found.text,
        width,
        height,
        words=found.words,
        confidence=found.confidence,
        reason=reason,
        marks=tuple(marks),
    )
