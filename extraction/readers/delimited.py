"""CSV and TSV in any encoding and with any delimiter: rows of a table, pages with its title row repeated."""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import sheet_rows
from extraction.readers.base import MAX_TEXT_BYTES, Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Flow, deliver
from extraction.readers.text import decode

DELIMITERS = ",;\t|^\x14\xb6"
SAMPLE_LINES = 50
# A field that is longer began with a quotation mark that nobody closed.
MAX_FIELD_CHARS = 1 << 20


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of rows. Raises PermanentError(empty)."""
    data = file.read(MAX_TEXT_BYTES + 1)
    if not data:
        raise PermanentError("empty")
    text, encoding = decode(data[:MAX_TEXT_BYTES])
    delimiter = delimiter_of(text)
    flow = Flow((), {"encoding": encoding, "delimiter": {"\t": "tab"}.get(delimiter, delimiter)})
    if len(data) > MAX_TEXT_BYTES:
        flow.warn("text_truncated")
    flow.blocks = sheet_rows.blocks("", 1, _rows(text, delimiter))
    yield from deliver(flow, options)


def delimiter_of(text: str) -> str:
    """The delimiter that cuts the first lines into the most columns, the same number in nearly all; else a comma."""
    lines = text[: 64 << 10].split("\n")[:SAMPLE_LINES]
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(r) for r in _parsed("\n".join(lines), delimiter) if r]
        if not widths:
            continue
        usual = max(set(widths), key=widths.count)
        agreement = widths.count(usual) / len(widths)
        if usual > 1 and agreement * min(usual, 20) > most:
            best, most = delimiter, agreement * min(usual, 20)
    return best


def _rows(text: str, delimiter: str) -> Iterator[dict[int, str]]:
    for cells in _parsed(text, delimiter):
        yield dict(enumerate(cells))


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    """Rows as the csv module reads them; from where it fails, lines cut at the delimiter."""
    csv.field_size_limit(MAX_FIELD_CHARS)
    lines = io.StringIO(text.replace("\f", "\n"), newline="")
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        at = lines.tell()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.seek(at)
            yield from (line.rstrip("\n").split(delimiter) for line in lines)
            return
        yield row
