"""OpenDocument spreadsheets as a stream of rows. What is written once and repeated a million times is read once."""

from collections.abc import Iterator
from typing import BinaryIO

from extraction.readers import sheet_rows
from extraction.readers.flow_pages import Block, Flow
from extraction.readers.xml_safely import Element, attribute, children, forget, iterate, local, text_of

MAX_REPEATED = 100
MAX_COLUMNS = 16_384


def blocks(content: BinaryIO, flow: Flow) -> Iterator[Block]:
    """Blocks of all sheets. Raises PermanentError(corrupt)."""
    sheets = _Sheets(content, flow)
    table = 0
    while (label := sheets.next_sheet()) is not None:
        table += 1
        yield from sheet_rows.blocks(label, table, sheets.rows())
        yield from sheets.comments
    flow.meta["sheets"] = str(table)


class _Sheets:
    """One pass over the content, stopped at each sheet and each row."""

    def __init__(self, content: BinaryIO, flow: Flow) -> None:
        self._events = iterate(content, ("start", "end"))
        self._flow = flow
        self._hidden: frozenset[str] = frozenset()
        self.comments: list[Block] = []

    def next_sheet(self) -> str | None:
        """The next sheet's label, None after the last."""
        hidden = set()
        for event, element in self._events:
            name = local(element)
            if event == "end" and name == "table-properties" and attribute(element, "display") == "false":
                hidden.add(attribute(element.getparent(), "name"))
            elif event == "start" and name == "table":
                self._hidden |= hidden
                label = attribute(element, "name", "Sheet")
                if attribute(element, "style-name") in self._hidden:
                    self._flow.warn("hidden_sheets")
                    label += " (hidden)"
                self.comments = []
                return label
        return None

    def rows(self) -> Iterator[dict[int, str]]:
        """Rows of the sheet at hand, as texts by column."""
        for event, element in self._events:
            if event == "start":
                continue
            name = local(element)
            if name == "table":
                return
            if name == "table-row":
                if attribute(element, "visibility") in ("collapse", "filter"):
                    self._flow.warn("hidden_rows")
                cells = self._cells(element)
                times = _count(attribute(element, "number-rows-repeated", "1")) if cells else 1
                for _ in range(min(times, MAX_REPEATED)):
                    yield cells
                forget(element)

    def _cells(self, line: Element) -> dict[int, str]:
        found: dict[int, str] = {}
        column = 0
        for cell in line:
            if local(cell) not in ("table-cell", "covered-table-cell") or column >= MAX_COLUMNS:
                continue
            times = _count(attribute(cell, "number-columns-repeated", "1"))
            text = "\n".join(_paragraph(p) for p in children(cell, "p"))
            for note in children(cell, "annotation"):
                said = " ".join(t for p in children(note, "p") if (t := text_of(p).strip()))
                if said:
                    self._flow.warn("comments")
                    self.comments.append(Block(f"[Comment: {said}]", foot=True, mark="comment"))
            if text:
                found |= dict.fromkeys(range(column, column + min(times, MAX_REPEATED)), text)
            column += times
        return found


def _paragraph(element: Element) -> str:
    parts = [element.text or ""]
    for part in element:
        parts.append(" " if local(part) in ("s", "tab", "line-break") else text_of(part))
        parts.append(part.tail or "")
    return "".join(parts)


def _count(text: str) -> int:
    return max(1, min(int(text), 1 << 20)) if text.isascii() and text.isdigit() and len(text) < 12 else 1
