"""Readers by media type, loaded on first use. A new format is one file here, one line below, samples and tests."""

import importlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol, cast

from extraction.readers.base import Item, ReadOptions

_HERE = "extraction.readers"
_OOXML, _ODF = "application/vnd.openxmlformats-officedocument", "application/vnd.oasis.opendocument"
READERS = {
    "application/pdf": f"{_HERE}.pdf:read",
    "text/plain": f"{_HERE}.text:read",
    "text/markdown": f"{_HERE}.text:read",
    "text/xml": f"{_HERE}.text:read",
    "application/json": f"{_HERE}.text:read",
    "text/csv": f"{_HERE}.delimited:read",
    "text/tab-separated-values": f"{_HERE}.delimited:read",
    "text/html": f"{_HERE}.html:read",
    "text/calendar": f"{_HERE}.card_text:read",
    "text/vcard": f"{_HERE}.card_text:read",
    "image/svg+xml": f"{_HERE}.svg:read",
    f"{_OOXML}.wordprocessingml.document": f"{_HERE}.docx:read",
    f"{_OOXML}.spreadsheetml.sheet": f"{_HERE}.xlsx:read",
    f"{_OOXML}.presentationml.presentation": f"{_HERE}.pptx:read",
    "application/x-ooxml-protected": f"{_HERE}.office_encrypted:read",
    "application/msword": f"{_HERE}.word_binary:read",
    "application/vnd.ms-excel": f"{_HERE}.xls:read",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": f"{_HERE}.xls:read",
    "application/vnd.ms-powerpoint": f"{_HERE}.powerpoint_binary:read",
    f"{_ODF}.text": f"{_HERE}.opendocument:read",
    f"{_ODF}.spreadsheet": f"{_HERE}.opendocument:read",
    f"{_ODF}.presentation": f"{_HERE}.opendocument:read",
    "application/rtf": f"{_HERE}.rtf:read",
    "application/vnd.wordperfect": f"{_HERE}.wordperfect:read",
    "message/rfc822": f"{_HERE}.mail:read",
    "application/vnd.ms-outlook": f"{_HERE}.msg:read",
    "application/mbox": f"{_HERE}.mbox:read",
    "application/zip": f"{_HERE}.zip_archive:read",
    "application/x-tar": f"{_HERE}.tar_archive:read",
    "application/gzip": f"{_HERE}.tar_archive:read",
    "application/x-bzip2": f"{_HERE}.tar_archive:read",
    "application/x-xz": f"{_HERE}.tar_archive:read",
    "application/x-7z-compressed": f"{_HERE}.seven_zip:read",
    "image/png": f"{_HERE}.image:read",
    "image/jpeg": f"{_HERE}.image:read",
    "image/tiff": f"{_HERE}.image:read",
    "image/gif": f"{_HERE}.image:read",
    "image/webp": f"{_HERE}.image:read",
    "image/bmp": f"{_HERE}.image:read",
}


class ReaderFunction(Protocol):
    """First a DocumentInfo, then pages in order, then members. Raises ExtractionError if nothing can be read."""

    def __call__(self, file: BinaryIO, options: ReadOptions) -> Iterator[Item]: ...


def supported(media_type: str) -> bool:
    """Whether there is a reader for this media type."""
    return media_type in READERS


def name_of(media_type: str) -> str:
    """The reader's, for figures; KeyError if there is none."""
    return READERS[media_type].removeprefix(f"{_HERE}.").partition(":")[0]


def load(media_type: str) -> ReaderFunction:
    """The reader of a media type; KeyError if there is none."""
    module, _, name = READERS[media_type].partition(":")
    return cast(ReaderFunction, getattr(importlib.import_module(module), name))
