"""Born-digital PDF: PDFium for text, words and rulings, pdfplumber for tables and for what PDFium cannot open."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import pypdfium2 as pdfium

from extraction.errors import PermanentError
from extraction.ocr import decision, evidence
from extraction.readers import (
    columns,
    numbered_lines,
    pdf_annotations,
    pdf_facts,
    pdf_hidden,
    pdf_objects,
    pdf_plumber,
    pdf_tables,
    pdf_words,
)
from extraction.readers.base import DocumentInfo, Item, Mark, PageRead, ReadOptions
from extraction.readers.pdf_opening import open_pdf

# A table is worth this much of a page's time; then the text alone is kept.
TABLE_BUDGET_S = 10.0


def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a PDF. Raises PermanentError(encrypted | corrupt)."""
    if options.other_engine:
        yield from pdf_plumber.read(file, options)
        return
    try:
        document, ends_early = open_pdf(file, options.password)
    except PermanentError as error:
        if error.code != "corrupt":
            raise
        # The other engine opens about one in fifty of those that PDFium cannot.
        yield from pdf_plumber.read(file, options)
        return
    with document:
        pdf_annotations.prepare(document)
        count = len(document)
        if count == 0:
            raise PermanentError("corrupt", "no pages")
        last = min(count, options.max_pages)
        warnings = pdf_facts.cautions(document, file) + (("too_many_pages",) if last < count else ())
        warnings += ("damaged_end",) if ends_early else ()
        yield DocumentInfo(count, last if last < count else None, pdf_facts.meta(document), warnings)
        started = time.monotonic()
        for number in range(1, last + 1):
            if time.monotonic() - started > options.deadline_s:
                return
            if options.wants(number):
                page = _page(document, number)
                yield _missing(page) if ends_early and page.state == "blank" else page
        if options.pages is None:
            yield from pdf_facts.members(document, file.seek(0, 2))


def _missing(page: PageRead) -> PageRead:
    """An empty page of a file whose end is missing: what stood on it is likely what is missing."""
    return replace(page, state="unreadable", reason="page_damaged")


def _page(document: pdfium.PdfDocument, number: int) -> PageRead:
    try:
        page, lying = pdf_annotations.open_page(document, number - 1)
    except pdfium.PdfiumError:
        return PageRead(number, "unreadable", reason="page_damaged")
    try:
        read = _with_remarks(_read_page(page, number, pdf_facts.label(document, number - 1)), lying.remarks)
        if lying.launches and read.text:
            read = replace(read, marks=(*read.marks, Mark("launch", 0, len(read.text))))
        return read
    except pdfium.PdfiumError:
        return PageRead(number, "unreadable", reason="page_damaged")
    finally:
        page.close()


def _with_remarks(page: PageRead, remarks: list[str]) -> PageRead:
    """The page with the remarks at its foot, marked as such; not where OCR is to have the last word."""
    if not remarks or page.state == "unreadable" or page.reason in decision.NEEDING:
        return page
    text, marks = page.text, list(page.marks)
    for remark in remarks:
        text += f"\n{remark}" if text else remark
        marks.append(Mark("comment", len(text) - len(remark), len(text)))
    state = "text" if page.state == "blank" else page.state
    return replace(page, state=state, text=text, marks=tuple(marks))


def _read_page(page: pdfium.PdfPage, number: int, label: str) -> PageRead:
    width, height = page.get_size()
    frame = pdf_words.Frame.of(page)
    size = {"width": round(width, 2), "height": round(height, 2), "rotation": frame.rotation, "label": label}
    objects = pdf_objects.scan(page, TABLE_BUDGET_S)
    layer = pdf_words.TextPage(page, frame)
    try:
        text, words = layer.text, layer.words
        found = evidence.gather(page, text, words, width, height, objects)
        judged = decision.needs_ocr(found)
        if not text.strip():
            state = "unreadable" if judged.needs else "blank"
            return PageRead(number, state, reason="" if judged.reason == "blank" else judged.reason, **size)
        marks: list[Mark] = pdf_hidden.find(page, frame, layer, objects)
    finally:
        layer.close()
    text, words, marks = columns.in_reading_order(text, words, width, marks)
    marks += numbered_lines.find(text, words)
    tables = pdf_tables.read(objects, frame, text, words, budget_s=TABLE_BUDGET_S)
    # A text that does not say what the page shows is kept until OCR has something better.
    reason = judged.reason if judged.needs else ""
    packed = pdf_words.pack(words)
    return PageRead(number, "text", text, words=packed, tables=tables, marks=tuple(marks), reason=reason, **size)
