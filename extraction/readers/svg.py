"""SVG: the words in the drawing. Nothing of it is ever drawn or fetched."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers.base import MAX_TEXT_BYTES, Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver
from extraction.readers.xml_safely import Element, elements, local, text_of

_TEXTS = ("text", "title", "desc", "flowRoot")
_DROPPED = {"script", "style"}


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a drawing's texts. Raises PermanentError(corrupt | too_large)."""
    data = file.read(MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        raise PermanentError("too_large")
    flow = Flow(())
    flow.blocks = _blocks(data, flow)
    yield from deliver(flow, options)


def _blocks(data: bytes, flow: Flow) -> Iterator[Block]:
    some = False
    try:
        for element in elements(io.BytesIO(data), _TEXTS):
            some = True
            if text := _words(element):
                yield Block(text)
    except PermanentError:
        if not some:
            raise
        flow.warn("damaged_end")


def _words(element: Element) -> str:
    if any(local(part) in _DROPPED for part in element.iter()):
        return ""
    lines = [text_of(part) for part in element if local(part) in ("tspan", "flowPara")]
    whole = text_of(element)
    return " ".join(" ".join(lines if len(lines) > 1 else [whole]).split())
