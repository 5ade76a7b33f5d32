"""Paragraphs, lists, tables, notes and annotations of OpenDocument as blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from extraction.readers.flow_pages import Block, Flow, row
from extraction.readers.xml_safely import Element, attribute, child, children, elements, local, text_of, whole_number

_SKIPPED = {"tracked-changes", "sequence-decls", "forms", "variable-decls", "user-field-decls", "creator", "date"}
_SKIPPED |= {
    "ruby-text",
    "binary-data",
    "bookmark",
    "bookmark-start",
    "bookmark-end",
    "event-listeners",
    "note-citation",
}
MAX_SPACES, MAX_REPEATED_COLUMNS = 1000, 1000


def styles_that_break(content: BinaryIO) -> frozenset[str]:
    """Names of the paragraph styles that begin a page."""
    found = set()
    for style in elements(content, ("style", "body")):
        if local(style) == "body":
            break
        properties = child(style, "paragraph-properties")
        starts = attribute(style, "master-page-name") or (
            properties is not None and attribute(properties, "break-before") == "page"
        )
        if starts:
            found.add(attribute(style, "name"))
    return frozenset(found)


def deletions(changes: Element) -> dict[str, str]:
    """What was deleted, by the change's id, with who did it and when."""
    found = {}
    for region in children(changes, "changed-region"):
        deletion = child(region, "deletion")
        if deletion is None:
            continue
        info = child(deletion, "change-info")
        who, when = (text_of(e) if (e := child(info, n)) is not None else "" for n in ("creator", "date"))
        text = " ".join(text_of(p) for p in deletion if local(p) != "change-info").strip()
        by = f"{f' by {who}' if who else ''}{f' on {when[:10]}' if when else ''}"
        if text:
            found[attribute(region, "id")] = f"[Deleted{by}: {text}]"
    return found


def running(styles: Element | None, kind: str) -> Iterator[Block]:
    """Headers or footers of the master pages, each text once."""
    said = set()
    for part in () if styles is None else styles.iter():
        if local(part).startswith(kind) and local(part.getparent()) == "master-page":
            text = "\n".join(t for p in part.iter() if local(p) in ("p", "h") and (t := text_of(p).strip()))
            if text and text not in said:
                said.add(text)
                yield Block(text, mark=kind)


@dataclass
class Text:
    """Makes blocks of the children of office:text or of a slide's shapes."""

    flow: Flow
    breaking: frozenset[str]
    deleted: dict[str, str] = field(default_factory=dict)
    endnotes: list[Block] = field(default_factory=list)
    tables: int = 0
    notes: int = 0

    def blocks(self, element: Element, depth: int = 0) -> Iterator[Block]:
        """Blocks of one element and what is in it."""
        name = local(element)
        if name in ("p", "h"):
            yield from self._paragraph(element, heading=name == "h")
        elif name == "soft-page-break":
            yield Block("\f")
        elif name == "table":
            self.tables += 1
            yield from self._table(element, self.tables)
        elif name == "list":
            for item in element:
                yield from self._item(item, depth)
        elif name not in _SKIPPED:
            for part in element:
                yield from self.blocks(part, depth)

    def _item(self, item: Element, depth: int) -> Iterator[Block]:
        first = local(item) == "list-item"
        for part in item:
            for block in self.blocks(part, depth + 1):
                bullet = first and local(part) == "p" and not block.foot
                yield replace(block, text=f"{'  ' * min(depth, 10)}• {block.text}") if bullet else block
                first = first and not bullet

    def _paragraph(self, element: Element, *, heading: bool) -> Iterator[Block]:
        feet: list[Block] = []
        boxes: list[Block] = []
        text = "".join(self._pieces(element, feet, boxes))
        yield Block(text, heading=heading, new_page=attribute(element, "style-name") in self.breaking)
        yield from boxes
        yield from feet

    def _pieces(self, element: Element, feet: list[Block], boxes: list[Block]) -> Iterator[str]:
        yield _collapsed(element.text)
        for part in element:
            name = local(part)
            if name == "s":
                count = attribute(part, "c", "1")
                yield " " * min(whole_number(count, 1), MAX_SPACES)
            elif name == "tab":
                yield "\t"
            elif name == "line-break":
                yield "\n"
            elif name == "soft-page-break":
                yield "\f"
            elif name == "note":
                yield self._note(part, feet)
            elif name == "annotation":
                self._annotation(part, feet)
            elif name == "change":
                if gone := self.deleted.pop(attribute(part, "change-id"), ""):
                    self.flow.warn("tracked_changes")
                    feet.append(Block(gone, foot=True, mark="hidden", value="deleted"))
            elif name == "change-start":
                self.flow.warn("tracked_changes")
            elif name in ("frame", "text-box", "custom-shape", "g", "rect"):
                for inner in part:
                    boxes += self.blocks(inner)
            elif name not in _SKIPPED:
                yield from self._pieces(part, feet, boxes)
            yield _collapsed(part.tail)

    def _note(self, note: Element, feet: list[Block]) -> str:
        self.notes += 1
        body = child(note, "note-body")
        end = attribute(note, "note-class") == "endnote"
        label = f"[note {self.notes}]" if end else f"[{self.notes}]"
        said = "\n".join(text_of(p) for p in (() if body is None else body.iter()) if local(p) in ("p", "h"))
        (self.endnotes if end else feet).append(Block(f"{label} {said}", foot=not end, mark="note"))
        return label

    def _annotation(self, annotation: Element, feet: list[Block]) -> None:
        who, when = (text_of(e) if (e := child(annotation, n)) is not None else "" for n in ("creator", "date"))
        said = "\n".join(text_of(p) for p in annotation.iter() if local(p) == "p").strip()
        if said:
            self.flow.warn("comments")
            by = f"{f' by {who}' if who else ''}{f' on {when[:10]}' if when else ''}"
            feet.append(Block(f"[Comment{by}: {said}]", foot=True, mark="comment"))

    def _table(self, element: Element, number: int) -> Iterator[Block]:
        for line in element:
            if local(line) in ("table-header-rows", "table-rows", "table-row-group"):
                yield from self._table(line, number)
            elif local(line) == "table-row":
                feet: list[Block] = []
                cells: list[str] = []
                for cell in line:
                    if local(cell) not in ("table-cell", "covered-table-cell"):
                        continue
                    inner = [b for part in cell for b in self.blocks(part)]
                    feet += [b for b in inner if b.foot]
                    times = attribute(cell, "number-columns-repeated", "1")
                    count = min(whole_number(times, 1), MAX_REPEATED_COLUMNS)
                    cells += ["\n".join(b.text for b in inner if not b.foot)] * max(1, count)
                yield replace(row(cells), table=number)
                yield from feet


def _collapsed(text: str | None) -> str:
    """White space as the format reads it: a run of it is one space; others are elements."""
    return re.sub(r"[ \t\r\n]+", " ", text or "")
