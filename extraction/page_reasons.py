"""Why a page could not be read or is to be read with care, or a document failed: each cause's sentence and its remedy.

Codes are those of a page's `reason` and of extraction/errors.py, and `low_confidence` for OCR that is not sure.
"""

from __future__ import annotations

from dataclasses import dataclass

from extraction.errors import ERRORS

LOW_CONFIDENCE = "low_confidence"
# OCR that is less sure than this has wrong words in most lines.
LOW_CONFIDENCE_BELOW = 0.7


@dataclass(frozen=True)
class Cause:
    """`message` says what is so, `remedy` what to do; `can_reread`: whether reading again may help by itself."""

    code: str
    message: str
    remedy: str
    can_reread: bool


_OCR = "Read it again; if that does not help, add a better scan."
_TRUST = "Check quotations against the picture of the page."

# code: (what is so, what to do)
_PAGES = {
    "no_text_layer": ("The page is a picture without text.", f"It takes OCR. {_OCR}"),
    "garbage_text_layer": ("The text stored with the page makes no sense.", f"It takes OCR. {_OCR}"),
    "unmapped_font": ("The page's letters do not say which characters they are.", f"It takes OCR. {_OCR}"),
    "stamp_over_image": ("The page is a picture; only a stamp on it is text.", f"It takes OCR. {_OCR}"),
    "picture_beside_stamp": ("What the page shows is a picture; only a stamp is text.", f"It takes OCR. {_OCR}"),
    "outlined_text": ("The page's letters are drawn as shapes.", f"It takes OCR. {_OCR}"),
    "annotations_only": ("What the page shows are notes put onto it.", f"It takes OCR. {_OCR}"),
    "ocr_found_nothing": (
        "OCR found no words on the page.",
        "Look at its picture: it may be a drawing or a photograph. Otherwise add a better scan.",
    ),
    "page_damaged": (
        "The page is damaged and cannot be opened; the others can.",
        "Ask whoever sent the file for another copy, or print it to PDF and add that.",
    ),
    "forced": ("The page was read by OCR because that was asked for.", _TRUST),
    LOW_CONFIDENCE: (
        "OCR is not sure of the page's words: some are likely wrong, and search may miss it.",
        f"{_TRUST} A better scan can be read better.",
    ),
}
# Of a page these mean something else than of a document.
_OF_A_PAGE = {
    "resource_time": (
        "Reading took longer than is allowed, and ended before this page.",
        "Read it again; if that does not help, split the file or print it to PDF.",
    ),
    "resource_memory": (
        "Reading the page took more memory than is allowed.",
        "Print the file to PDF and add that copy, or ask the administrator.",
    ),
    "parser_crash": (
        "The page made its reader crash.",
        "The file is likely damaged. Open and save it in the program that made it, and add that copy.",
    ),
}
# Reading these again ends in the same way until something else is done.
_NOT_BY_READING_AGAIN = frozenset({"encrypted", "quarantined", "unsupported_type", "empty", "too_large"})


def cause(code: str, *, of_page: bool = False) -> Cause:
    """The cause behind a code, whether it is of a page or of a document; an unknown one is told by its code."""
    of = _OF_A_PAGE if of_page else {}
    if said := of.get(code) or _PAGES.get(code):
        message, remedy = said
    elif kind := ERRORS.get(code):
        message, remedy = kind.message, kind.advice
    else:
        message, remedy = code.replace("_", " ").capitalize() + ".", "Look at the original."
    return Cause(code, message, remedy, code not in _NOT_BY_READING_AGAIN)
