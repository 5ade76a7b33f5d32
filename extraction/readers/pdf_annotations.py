"""What lies on a PDF page without being part of it: what was filled into a form, typed over it, stamped, remarked.

Whoever opens the file sees filled fields, typed text and stamps on the page: they are made part of it, in memory,
before it is read or drawn. Remarks are behind a symbol or a colour: they come at the foot of the page's text.
"""

import contextlib
import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as raw

SHOWN = {raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP}
REMARKS = {
    raw.FPDF_ANNOT_TEXT,
    raw.FPDF_ANNOT_HIGHLIGHT,
    raw.FPDF_ANNOT_UNDERLINE,
    raw.FPDF_ANNOT_SQUIGGLY,
    raw.FPDF_ANNOT_STRIKEOUT,
    raw.FPDF_ANNOT_CARET,
}
MAX_LOOKED_AT = 2_000
MAX_REMARK_BYTES, MAX_REMARKS = 20_000, 500


def prepare(document: pdfium.PdfDocument) -> None:
    """Before any page is opened: fields that have a value and no looks get them from PDFium."""
    if document.get_formtype() != raw.FORMTYPE_NONE:
        # Without it, fields show what they bring along.
        with contextlib.suppress(pdfium.PdfiumError):
            document.init_forms()


@dataclass(frozen=True)
class Annotations:
    """What lies on a page: remarks, in their order; `launches`: a link on it would start a program."""

    remarks: list[str] = field(default_factory=list)
    launches: bool = False


def open_page(document: pdfium.PdfDocument, index: int) -> tuple[pdfium.PdfPage, Annotations]:
    """The page as a program shows it, and what lies on it. Raises PdfiumError."""
    page = document[index]
    kinds: set[int] = set()
    remarks: list[str] = []
    launches = False
    for annotation in _annotations(page):
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        kinds.add(kind)
        if kind in REMARKS and len(remarks) < MAX_REMARKS and (said := _remark(annotation)):
            remarks.append(said)
        launches = launches or (kind == raw.FPDF_ANNOT_LINK and _launches(annotation))
    if kinds & SHOWN and raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
        # What was added is seen by whoever opens the page anew.
        page.close()
        page = document[index]
    return page, Annotations(remarks, launches)


def _launches(link: ctypes.c_void_p) -> bool:
    action = raw.FPDFLink_GetAction(raw.FPDFAnnot_GetLink(link))
    return bool(action) and raw.FPDFAction_GetType(action) == raw.PDFACTION_LAUNCH


def _annotations(page: pdfium.PdfPage) -> Iterator[ctypes.c_void_p]:
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), MAX_LOOKED_AT)):
        if annotation := raw.FPDFPage_GetAnnot(page.raw, index):
            try:
                yield annotation
            finally:
                raw.FPDFPage_CloseAnnot(annotation)


def _remark(annotation: ctypes.c_void_p) -> str:
    said, by = _string(annotation, b"Contents"), _string(annotation, b"T")
    if not said:
        return ""
    return f"[Comment by {by[:100]}: {said}]" if by else f"[Comment: {said}]"


def _string(annotation: ctypes.c_void_p, key: bytes) -> str:
    size = raw.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < size <= MAX_REMARK_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    text = buffer.raw[: size - 2].decode("utf-16-le", errors="replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
