"""Paragraphs and tables of a Word document as blocks, in the order in which they are read.

Shown is the text with all tracked changes accepted. What was deleted or hidden is kept at the foot of its page, marked
as hidden, so that it is found but never read as what the document says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from extraction.readers.docx_numbering import Numbering
from extraction.readers.docx_styles import Style, is_on
from extraction.readers.flow_pages import Block, Flow, row
from extraction.readers.xml_safely import Element, attribute, child, children, local, whole_number

# Characters of symbol fonts that stand for a box or a tick; others are bullets.
SYMBOLS = {0xA8: "☐", 0x6F: "☐", 0x71: "☐", 0xFE: "☒", 0xFD: "☒", 0x78: "☒", 0xFC: "✓", 0xB7: "•", 0xA7: "§"}
_BREAKS = {"page": "\f", "column": "\n", "textWrapping": "\n", "": "\n"}
_SKIPPED = {
    "pPr",
    "rPr",
    "sectPr",
    "tblPr",
    "trPr",
    "tcPr",
    "sdtPr",
    "instrText",
    "delInstrText",
    "moveFrom",
    "Fallback",
}
_SKIPPED |= {"fldData", "rt", "proofErr", "bookmarkStart", "bookmarkEnd", "annotationRef", "footnoteRef", "endnoteRef"}
MAX_TABLE_COLUMNS = 1000


@dataclass
class Notes:
    """Texts that stand elsewhere in the file, by id."""

    footnotes: dict[str, str] = field(default_factory=dict)
    endnotes: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


@dataclass
class _Paragraph:
    """What is gathered while a paragraph is walked through."""

    text: list[str] = field(default_factory=list)
    feet: list[Block] = field(default_factory=list)
    boxes: list[Block] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


@dataclass
class Body:
    """Makes blocks of the children of w:body."""

    flow: Flow
    styles: dict[str, Style]
    numbering: Numbering
    notes: Notes
    _tables: int = 0
    _endnotes: list[Block] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)
    # A page was just ended on purpose: Word's note that it ended there says nothing new.
    _broken: bool = False

    def blocks(self, element: Element) -> Iterator[Block]:
        """Blocks of one element: a paragraph, a table, or what wraps them."""
        name = local(element)
        if name == "p":
            yield from self._paragraph(element)
        elif name == "tbl":
            self._tables += 1
            yield from self._table(element, self._tables)
        elif name not in _SKIPPED and name != "del":
            for part in element:
                yield from self.blocks(part)

    def endnotes(self) -> Iterator[Block]:
        """The endnotes that were referred to, in order."""
        yield from self._endnotes

    def _paragraph(self, element: Element) -> Iterator[Block]:
        properties = child(element, "pPr")
        style = self.styles.get(_value(properties, "pStyle"), Style())
        found = _Paragraph()
        new_page = is_on(child(properties, "pageBreakBefore"))
        self._broken = self._broken or new_page
        self._walk(element, found, style.hidden)
        text = "".join(found.text)
        if label := self._number(properties, style) if text.strip() else "":
            # A page break at the start of a paragraph comes before its number.
            bare = text.lstrip("\f")
            text = "\f" * (len(text) - len(bare)) + f"{label} {bare}"
        yield Block(text, new_page=new_page, heading=style.heading)
        yield from found.boxes
        yield from self._feet(found)
        if _next_page(child(properties, "sectPr")):
            self._broken = True
            yield Block("\f")

    def _feet(self, found: _Paragraph) -> Iterator[Block]:
        yield from found.feet
        for note in found.gone:
            self.flow.warn("tracked_changes")
            yield Block(note, foot=True, mark="hidden", value="deleted")
        if hidden := "".join(found.hidden).strip():
            self.flow.warn("hidden_text")
            yield Block(f"[Hidden text: {hidden}]", foot=True, mark="hidden", value="invisible")

    def _number(self, properties: Element | None, style: Style) -> str:
        numbers = child(properties, "numPr")
        list_id, depth = style.list_id, style.depth
        if numbers is not None:
            list_id = _value(numbers, "numId") or list_id
            depth = whole_number(_value(numbers, "ilvl"), depth)
        return self.numbering.next(list_id, depth) if list_id and list_id != "0" else ""

    def _walk(self, element: Element, found: _Paragraph, hidden: bool) -> None:
        for part in element:
            name = local(part)
            if name in _SKIPPED:
                continue
            if name == "del":
                self._deleted(part, found)
            elif name == "ins":
                self.flow.warn("tracked_changes")
                self._walk(part, found, hidden)
            elif name == "r":
                properties = child(part, "rPr")
                self._walk(part, found, hidden or is_on(child(properties, "vanish")))
            elif name == "txbxContent":
                for inner in part:
                    found.boxes += self.blocks(inner)
            elif name in ("footnoteReference", "endnoteReference", "commentReference"):
                self._refer(name, attribute(part, "id"), found)
            elif (text := self._text(name, part)) is not None:
                (found.hidden if hidden and text.strip() else found.text).append(text)
            else:
                self._walk(part, found, hidden)

    def _text(self, name: str, part: Element) -> str | None:
        """What one element says, None if it is not such an element."""
        if name == "t":
            self._broken = self._broken and not part.text
            return part.text or ""
        if name in ("br", "lastRenderedPageBreak"):
            return self._break(name, part)
        if name == "sym":
            code = attribute(part, "char")
            return SYMBOLS.get(int(code, 16) & 0xFF, "•") if code and len(code) <= 4 and _is_hex(code) else ""
        return {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}.get(name)

    def _break(self, name: str, part: Element) -> str:
        text = "\f" if name != "br" else _BREAKS.get(attribute(part, "type"), "\n")
        if name != "br" and self._broken:
            text = ""
        self._broken = name == "br" and text == "\f"
        return text

    def _deleted(self, element: Element, found: _Paragraph) -> None:
        text = "".join(t.text or "" for t in element.iter() if local(t) in ("delText", "t"))
        if text.strip():
            who, when = attribute(element, "author"), attribute(element, "date")[:10]
            by = f" by {who}" if who else ""
            found.gone.append(f"[Deleted{by}{f' on {when}' if when else ''}: {text.strip()}]")

    def _refer(self, name: str, note_id: str, found: _Paragraph) -> None:
        if name == "commentReference":
            if comment := self.notes.comments.pop(note_id, ""):
                self.flow.warn("comments")
                found.feet.append(Block(f"[Comment{comment}]", foot=True, mark="comment"))
            return
        kind = "endnotes" if name == "endnoteReference" else "footnotes"
        text = (self.notes.endnotes if kind == "endnotes" else self.notes.footnotes).pop(note_id, None)
        if text is None:
            return
        self._counts[kind] = number = self._counts.get(kind, 0) + 1
        label = f"[{number}]" if kind == "footnotes" else f"[note {number}]"
        found.text.append(label)
        block = Block(f"{label} {text}", foot=kind == "footnotes", mark="note")
        if kind == "footnotes":
            found.feet.append(block)
        else:
            self._endnotes.append(block)

    def _table(self, element: Element, number: int) -> Iterator[Block]:
        for line in _wrapped(element, "tr"):
            if child(child(line, "trPr"), "del") is not None:
                self.flow.warn("tracked_changes")
                gone = "\t".join("".join(_texts(cell)) for cell in _wrapped(line, "tc"))
                yield Block(f"[Deleted row: {gone}]", foot=True, mark="hidden", value="deleted")
                continue
            yield from self._row(line, number)

    def _row(self, line: Element, number: int) -> Iterator[Block]:
        cells: list[str] = []
        feet: list[Block] = []
        new_page = False
        for cell in _wrapped(line, "tc"):
            texts = []
            for block in (b for part in cell for b in self.blocks(part)):
                if block.foot:
                    feet.append(block)
                else:
                    texts.append(block.text)
            text = "\n".join(texts)
            new_page = new_page or "\f" in text
            properties = child(cell, "tcPr")
            merged = child(properties, "vMerge")
            cells.append("" if merged is not None and attribute(merged, "val") != "restart" else text)
            extra = whole_number(_value(properties, "gridSpan"), 1) - 1
            cells += [""] * max(0, min(extra, MAX_TABLE_COLUMNS - len(cells)))
        yield replace(row(cells), table=number, new_page=new_page)
        yield from feet


def _wrapped(element: Element, name: str) -> Iterator[Element]:
    """Children with a name, also where a content control or a tracked insertion wraps them."""
    for part in element:
        if local(part) == name:
            yield part
        elif local(part) in ("sdt", "sdtContent", "ins", "customXml", "smartTag", "moveTo"):
            yield from _wrapped(part, name)


def _texts(element: Element) -> Iterator[str]:
    return (t.text or "" for t in element.iter() if local(t) in ("t", "delText"))


def plain(element: Element) -> str:
    """A note's or a header's text: its paragraphs in lines, without what was deleted."""
    found: list[str] = []
    _gather(element, found)
    return "\n".join(line.strip() for line in "".join(found).split("\n") if line.strip())


def _gather(element: Element, found: list[str]) -> None:
    for part in element:
        name = local(part)
        if name in _SKIPPED or name == "del":
            continue
        if name == "t":
            found.append(part.text or "")
        elif name in ("tab", "ptab"):
            found.append("\t")
        elif name in ("br", "cr"):
            found.append("\n")
        else:
            _gather(part, found)
            if name == "p":
                found.append("\n")


def _value(element: Element | None, name: str) -> str:
    found = child(element, name)
    return "" if found is None else attribute(found, "val")


def _next_page(section: Element | None) -> bool:
    return section is not None and _value(section, "type") not in ("continuous", "nextColumn")


def _is_hex(text: str) -> bool:
    return all(c in "0123456789abcdefABCDEF" for c in text)


def note_texts(root: Element, tag: str) -> dict[str, str]:
    """Texts of footnotes or endnotes by id, without the lines that part them from the page."""
    return {attribute(n, "id"): plain(n) for n in children(root, tag) if attribute(n, "type", "normal") == "normal"}


def comment_texts(root: Element) -> dict[str, str]:
    """Comments by id, each with its author and day before it."""
    found = {}
    for comment in children(root, "comment"):
        who, when = attribute(comment, "author"), attribute(comment, "date")[:10]
        found[attribute(comment, "id")] = (
            f"{f' by {who}' if who else ''}{f' on {when}' if when else ''}: {plain(comment)}"
        )
    return found
