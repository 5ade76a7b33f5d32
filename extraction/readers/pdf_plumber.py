"""The other PDF engine: slower by far, but it opens some files on which PDFium fails or crashes."""

import itertools
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from extraction.errors import PermanentError
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions
from extraction.readers.pdf_words import pack


def read(file: BinaryIO, options: ReadOptions) -> Iterator[DocumentInfo | PageRead]:
    """Pages of a PDF. Raises PermanentError(encrypted | corrupt)."""
    file.seek(0)
    try:
        document = pdfplumber.open(file, password=options.password or "")
        # Pages' own names are not asked of this engine, and a tree of them that is its own branch would end it.
        document.doc.get_page_labels = _no_labels
        pages = document.pages
    except PDFPasswordIncorrect:
        raise PermanentError("encrypted") from None
    except PdfminerException as error:
        locked = any(isinstance(a, PDFPasswordIncorrect) for a in error.args)
        raise PermanentError("encrypted" if locked else "corrupt") from None
    except (MemoryError, RecursionError):
        raise
    except Exception:
        raise PermanentError("corrupt") from None
    if not pages:
        raise PermanentError("corrupt", "no pages")
    last = min(len(pages), options.max_pages)
    yield DocumentInfo(len(pages), last if last < len(pages) else None, {}, ("read_by_other_engine",))
    started = time.monotonic()
    for number, page in enumerate(pages[:last], 1):
        if time.monotonic() - started > options.deadline_s:
            return
        if options.wants(number):
            yield _page(page, number)


def _no_labels() -> Iterator[str | None]:
    return itertools.repeat(None)


def _page(page: Any, number: int) -> PageRead:
    try:
        size: dict[str, Any] = {
            "width": float(page.width),
            "height": float(page.height),
            "rotation": int(page.rotation or 0) % 360,
        }
        words = page.extract_words()
        painted = bool(page.images or page.rects or page.curves or page.lines)
    except (MemoryError, RecursionError):
        raise
    except Exception:
        return PageRead(number, "unreadable", reason="page_damaged")
    finally:
        page.close()
    if not words:
        state, reason = ("unreadable", "no_text_layer") if painted else ("blank", "")
        return PageRead(number, state, reason=reason, **size)
    text, rows = _join(words)
    return PageRead(number, "text", text, words=pack(np.array(rows)), **size)


def _join(words: list[dict[str, Any]]) -> tuple[str, list[tuple[float, ...]]]:
    """The words as lines of text, and where each is in it."""
    parts: list[str] = []
    rows: list[tuple[float, ...]] = []
    at, line = 0, None
    for word in words:
        said = "".join(c for c in word["text"] if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF)
        if not said:
            continue
        if parts:
            new_line = line is not None and abs(word["top"] - line) > 3
            parts.append("\n" if new_line else " ")
            at += 1
        rows.append((at, at + len(said), word["x0"], word["top"], word["x1"], word["bottom"]))
        parts.append(said)
        at += len(said)
        line = word["top"]
    return "".join(parts), rows
