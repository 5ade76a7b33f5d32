"""Opening a PDF with PDFium, also one whose end is missing: a download that broke off, a disk that failed.

A PDF says at its end where everything in it lies, and most programs write there which pages it has. Without that end
the objects themselves are gone through, and an end is written that names the pages which are still there.
"""

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from extraction.errors import PermanentError

# Programs put up to so much behind the end of a file.
TAIL_BYTES = 1 << 20
# A file is mended in memory, of which a reader has 1 GiB.
MAX_MENDED_BYTES = 200 << 20
MAX_OBJECTS, MAX_PAGES = 500_000, 10_000
_OBJECT = re.compile(rb"(?<!\d)(\d{1,7})[ \t\r\n]{1,4}(\d{1,5})[ \t\r\n]{1,4}obj\b")
_TYPE = re.compile(rb"/Type\s{0,4}/(Catalog|Pages|Page)\b")
_PAGES = re.compile(rb"/Pages\s{1,4}(\d{1,7})\s")
# So much of an object is looked at for its type.
HEAD_BYTES = 4_000


def open_pdf(file: BinaryIO, password: str | None) -> tuple[pdfium.PdfDocument, bool]:
    """The document, and whether its end is missing. Raises PermanentError(encrypted | corrupt)."""
    ends_early = _ends_early(file)
    file.seek(0)
    try:
        document = pdfium.PdfDocument(file, password=password)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise PermanentError("encrypted") from None
        if not ends_early:
            raise PermanentError("corrupt") from None
    else:
        if len(document) or not ends_early:
            return document, ends_early
        document.close()
    try:
        return pdfium.PdfDocument(io.BytesIO(_mended(file)), password=password), True
    except pdfium.PdfiumError:
        raise PermanentError("corrupt", "its end is missing") from None


def _ends_early(file: BinaryIO) -> bool:
    """Whether what says where to begin is missing, or only stands before further objects, as in files for the web."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - TAIL_BYTES))
    _, mark, after = file.read(TAIL_BYTES).rpartition(b"startxref")
    return not mark or _OBJECT.search(after) is not None


def _mended(file: BinaryIO) -> bytes:
    """The file with an end that names its pages. Raises PermanentError(corrupt) if none are found."""
    file.seek(0)
    data = file.read(MAX_MENDED_BYTES + 1)
    if len(data) > MAX_MENDED_BYTES:
        raise PermanentError("corrupt", "its end is missing")
    trees: set[bytes] = set()
    pages: list[bytes] = []
    catalog, wanted, last = b"", b"", 0
    for number, reference, kind, tree in _objects(data):
        last = max(last, int(number))
        if kind == b"Catalog":
            catalog, wanted = reference, tree
        elif kind == b"Pages":
            trees.add(number)
        elif kind == b"Page" and len(pages) < MAX_PAGES:
            pages.append(reference)
    if catalog and wanted in trees:
        return data + b"\nendstream endobj\ntrailer\n<< /Root %s >>\n%%%%EOF\n" % catalog
    if not pages:
        raise PermanentError("corrupt", "its end is missing")
    # The list of pages is gone: they are shown in the order in which they lie in the file.
    return data + (
        b"\nendstream endobj\n%d 0 obj << /Type /Pages /Count %d /Kids [%s] >> endobj\n"
        b"%d 0 obj << /Type /Catalog /Pages %d 0 R >> endobj\ntrailer\n<< /Root %d 0 R >>\n%%%%EOF\n"
        % (last + 1, len(pages), b" ".join(pages), last + 2, last + 1, last + 2)
    )


def _objects(data: bytes) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Of each whole object its number, how others refer to it, its type, and of a catalog its tree of pages."""
    for count, found in enumerate(_OBJECT.finditer(data)):
        if count == MAX_OBJECTS:
            return
        head = data[found.end() : found.end() + HEAD_BYTES]
        ends = [at for mark in (b"endobj", b"stream") if (at := head.find(mark)) >= 0]
        if not ends:
            continue
        kind, tree = _TYPE.search(head[: min(ends)]), _PAGES.search(head[: min(ends)])
        yield found[1], b"%s %s R" % (found[1], found[2]), kind[1] if kind else b"", tree[1] if tree else b""
