"""Rich Text Format: text, tables, notes, comments; embedded objects and pictures."""

from collections.abc import Iterator
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import ole_object
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Flow, deliver
from extraction.readers.pictures import worth_keeping
from extraction.readers.rtf_document import Embedded
from extraction.readers.rtf_text import read_rtf

MAX_BYTES = 256 << 20


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of an RTF file, then what is embedded in it. Raises PermanentError(corrupt | too_large)."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PermanentError("too_large")
    found = read_rtf(data)
    yield from deliver(Flow(found.blocks, found.meta, found.warnings), options)
    for number, embedded in enumerate(found.embedded, 1):
        yield from _member(embedded, number)


def _member(embedded: Embedded, number: int) -> Iterator[Member]:
    data = embedded.data()
    if embedded.kind == "pict":
        if worth_keeping(data):
            yield Member(f"picture-{number}", (data,))
        return
    # An OLE 1 header, its class name and sizes, and then the object.
    at = data.find(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    if at >= 0 and (inner := ole_object.unwrap(data[at:])):
        yield Member(inner[0] or f"object-{number}", (inner[1],))
    elif b"Package\x00" in data[:64] and (packed := ole_object.unwrap_package(data)):
        yield Member(packed[0] or f"object-{number}", (packed[1],))
