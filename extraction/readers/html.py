"""Web pages and other HTML."""

from collections.abc import Iterator
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers.base import MAX_TEXT_BYTES, Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Flow, deliver
from extraction.readers.html_text import read_html


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of the visible text. Raises PermanentError(empty | corrupt)."""
    data = file.read(MAX_TEXT_BYTES + 1)
    if not data:
        raise PermanentError("empty")
    visible = read_html(data[:MAX_TEXT_BYTES])
    flow = Flow(visible.blocks, visible.meta)
    if len(data) > MAX_TEXT_BYTES:
        flow.warn("text_truncated")
    if visible.hidden:
        flow.warn("hidden_text")
    yield from deliver(flow, options)
