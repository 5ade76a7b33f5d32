"""What a chart of an office file says: its titles, and the numbers it was drawn from, as last saved."""

from collections.abc import Iterator

from extraction.errors import PermanentError
from extraction.readers.flow_pages import Block, row
from extraction.readers.office_package import Package
from extraction.readers.xml_safely import Element, child, local, parse, text_of

MAX_SERIES, MAX_POINTS = 50, 500


def blocks(package: Package, name: str) -> Iterator[Block]:
    """A chart's titles and one row per series; nothing if it is damaged."""
    try:
        root = parse(package.zip.read(name, 16 << 20))
    except (KeyError, PermanentError):
        return
    titles = [text_of(t).strip() for t in root.iter() if local(t) == "t"]
    if title := " ".join(t for t in titles if t):
        yield Block(f"[Chart: {title}]")
    series = [s for s in root.iter() if local(s) == "ser"][:MAX_SERIES]
    for one in series:
        cells = [*_values(child(one, "tx")), *_pairs(one)]
        if cells:
            yield Block(row(cells).text)


def _pairs(series: Element) -> Iterator[str]:
    names, values = _values(child(series, "cat")), _values(child(series, "val"))
    for index, value in enumerate(values):
        yield f"{names[index]}: {value}" if index < len(names) else value


def _values(element: Element | None) -> list[str]:
    if element is None:
        return []
    return [text_of(v) for v in element.iter() if local(v) == "v"][:MAX_POINTS]
