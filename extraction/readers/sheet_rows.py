"""Rows of spreadsheets as blocks: a sheet begins a page and names it, its title row is repeated where it goes on."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from extraction.readers.flow_pages import Block, row

# Empty cells before the first or between two far apart are not spelled out beyond this many.
MAX_GAP = 100
_DIGITS = frozenset("0123456789")


def blocks(label: str, table: int, rows: Iterable[dict[int, str]]) -> Iterator[Block]:
    """A sheet's blocks from its rows as texts by column (from 0). An empty sheet is a blank page."""
    first = True
    for cells in rows:
        kept = {column: text for column, text in cells.items() if text.strip()}
        if not kept:
            continue
        block = row(_spread(kept), table=table, label=label)
        yield replace(block, new_page=True, title_row=_is_title(block.cells or ())) if first else block
        first = False
    if first:
        yield Block("", label=label, new_page=True)


def _spread(cells: dict[int, str]) -> list[str]:
    found: list[str] = []
    last = -1
    for column in sorted(cells):
        found += [""] * (min(column - last, MAX_GAP) - 1)
        found.append(cells[column])
        last = column
    return found


def _is_title(cells: tuple[str, ...]) -> bool:
    """Whether a first row names columns: two or more short texts, and no figures alone."""
    named = [cell for cell in cells if cell]
    return (
        len(named) >= 2
        and sum(len(cell) for cell in named) < 1000
        and not any(set(cell) <= _DIGITS | set(".,-%$€£ ") for cell in named)
    )
