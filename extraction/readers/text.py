"""Plain text in any encoding, cut into pages at form feeds or, without them, at line ends."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from charset_normalizer import from_bytes

from extraction.errors import PermanentError
from extraction.readers.base import MAX_TEXT_BYTES, DocumentInfo, PageRead, ReadOptions

# About what a printed page holds.
PAGE_CHARS, PAGE_LINES = 3000, 60
# Enough to tell an encoding by; detection is slow.
SAMPLE_BYTES = 64 * 1024
_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
# C0 and C1 controls but tab and newline, lone surrogates, and noncharacters: nothing a person wrote.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def read(file: BinaryIO, options: ReadOptions) -> Iterator[DocumentInfo | PageRead]:
    """Pages of a text file. Raises PermanentError(empty)."""
    data = file.read(MAX_TEXT_BYTES + 1)
    if not data:
        raise PermanentError("empty")
    truncated = len(data) > MAX_TEXT_BYTES
    text, encoding = decode(data[:MAX_TEXT_BYTES])
    pages = list(split_pages(text))
    warnings = ["text_truncated"] if truncated else []
    kept = pages[: options.max_pages]
    if len(kept) < len(pages):
        warnings.append("too_many_pages")
    cut = len(kept) if truncated or len(kept) < len(pages) else None
    yield DocumentInfo(max(len(pages), 1), cut, {"encoding": encoding}, tuple(warnings))
    for number, page in enumerate(kept, 1):
        if options.wants(number):
            state = "text" if page.strip() else "blank"
            yield PageRead(number, state, page if state == "text" else "")


def decode(data: bytes) -> tuple[str, str]:
    """The text and the encoding it was read as; never fails, as Latin-1 takes any byte."""
    encoding = _encoding(data)
    text = data.decode(encoding, errors="replace")
    return clean(text), encoding


def clean(text: str) -> str:
    """Line ends as newlines, and nothing that a person did not write: controls, surrogates, noncharacters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\x0b", "\n")
    return _UNWANTED.sub("", text)


def _encoding(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    zeros = (data[0:4096:2].count(0), data[1:4096:2].count(0))
    if max(zeros) > min(len(data), 4096) * 0.35:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        # A cut at the size limit may split the last character.
        if error.start > len(data) - 4 and error.start > 0:
            return "utf-8"
    best = from_bytes(data[:SAMPLE_BYTES], preemptive_behaviour=False).best()
    return best.encoding if best else "cp1252"


def split_pages(text: str) -> Iterator[str]:
    """The text in pages; joined, they are the text again but for form feeds."""
    for part in text.split("\f"):
        start = 0
        while len(part) - start > PAGE_CHARS or _lines_end(part, start) < len(part):
            end = _page_end(part, start)
            if end >= len(part):
                break
            yield part[start:end]
            start = end
        yield part[start:]


def _page_end(text: str, start: int) -> int:
    limit = min(start + PAGE_CHARS, _lines_end(text, start))
    if limit >= len(text):
        return len(text)
    line = text.rfind("\n", start, limit) + 1
    space = text.rfind(" ", start, limit) + 1
    return line if line > start else space if space > start else limit


def _lines_end(text: str, start: int) -> int:
    """Where PAGE_LINES lines from `start` end, looking no further than a page's characters."""
    at = start
    for _ in range(PAGE_LINES):
        found = text.find("\n", at, start + PAGE_CHARS)
        if found < 0:
            return len(text)
        at = found + 1
    return at
