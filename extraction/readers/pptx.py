"""Presentations (PPTX, PPTM, PPSX): a page per slide with its tables, charts, notes and comments."""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import office_charts, xml_safely
from extraction.readers.base import Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver, row
from extraction.readers.office_package import Package
from extraction.readers.xml_safely import Element, attribute, child, children, local, text_of

# Placeholders that every slide repeats.
_RUNNING = {"dt", "ftr", "sldNum", "hdr"}
_TITLES = {"title", "ctrTitle"}


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """A page per slide, then embedded files. Raises PermanentError(corrupt | archive_limit)."""
    package = Package(file)
    main = package.main_part()
    flow = Flow((), package.meta(), printed=True)
    if package.related(main, "vbaProject"):
        flow.warn("macros")
    flow.blocks = _slides(package, main, flow)
    yield from deliver(flow, options)
    yield from package.members()


def _slides(package: Package, main: str, flow: Flow) -> Iterator[Block]:
    root, relations = xml_safely.parse(package.zip.read(main)), package.relations(main)
    authors = _authors(package, main)
    for number, entry in enumerate(children(child(root, "sldIdLst"), "sldId"), 1):
        # The slide's own number has the same local name, in no namespace.
        ids = [value for key, value in entry.attrib.items() if key.endswith("}id")]
        relation = relations.get(ids[0]) if ids else None
        try:
            if relation is None:
                raise KeyError(number)
            slide = xml_safely.parse(package.zip.read(relation.target))
        except (KeyError, PermanentError):
            flow.warn("parts_damaged")
            yield Block("", label=f"Slide {number}", new_page=True)
            continue
        yield from _slide(package, relation.target, slide, number, authors, flow)


def _slide(
    package: Package, part: str, slide: Element, number: int, authors: dict[str, str], flow: Flow
) -> Iterator[Block]:
    blocks = list(_shapes(child(child(slide, "cSld"), "spTree"), number))
    title = next((b.text for b in blocks if b.heading and b.text), "")
    label = f"Slide {number}" + (f": {' '.join(title.split())[:100]}" if title else "")
    if attribute(slide, "show") in ("0", "false"):
        flow.warn("hidden_slides")
        label += " (hidden)"
    yield Block("", label=label, new_page=True)
    yield from (b for b in blocks if b.text)
    for name in package.related(part, "diagramData"):
        yield from _drawing(package, name)
    for name in package.related(part, "chart"):
        yield from office_charts.blocks(package, name)
    for name in package.related(part, "notesSlide"):
        if text := _notes(package, name):
            yield Block(f"[Speaker notes: {text}]", mark="note")
    for name in package.related(part, "comments"):
        for block in _comments(package, name, authors):
            flow.warn("comments")
            yield block


def _shapes(tree: Element | None, table: int) -> Iterator[Block]:
    """Text of shapes in the order in which they were drawn, the title first."""
    found: list[Block] = []
    for place, shape in enumerate(() if tree is None else tree):
        name = local(shape)
        if name == "grpSp":
            found += _shapes(shape, table)
        elif name == "AlternateContent":
            found += _shapes(child(shape, "Choice"), table)
        elif name == "sp":
            kind = _placeholder(shape)
            if kind not in _RUNNING:
                found.append(Block(_paragraphs(child(shape, "txBody")), heading=kind in _TITLES))
        elif name == "graphicFrame":
            for line in (e for e in shape.iter() if local(e) == "tr"):
                cells = [_paragraphs(child(cell, "txBody")) for cell in children(line, "tc")]
                # Two tables of a slide share no grid: the frame's place among its siblings parts them.
                found.append(replace(row(cells), table=table * 1000 + place))
    yield from sorted(found, key=lambda block: not block.heading)


def _placeholder(shape: Element) -> str:
    found = next((e for e in shape.iter() if local(e) == "ph"), None)
    return "" if found is None else attribute(found, "type", "body")


def _paragraphs(body: Element | None) -> str:
    lines = []
    for paragraph in children(body, "p"):
        line = []
        for part in paragraph.iter():
            name = local(part)
            if name == "t":
                line.append(part.text or "")
            elif name == "br":
                line.append("\n")
        lines.append("".join(line).strip())
    return "\n".join(line for line in lines if line)


def _drawing(package: Package, name: str) -> Iterator[Block]:
    """The texts of a SmartArt drawing."""
    try:
        root = xml_safely.parse(package.zip.read(name))
    except (KeyError, PermanentError):
        return
    for point in (p for p in root.iter() if local(p) == "t" and local(p.getparent()) == "pt"):
        if text := _paragraphs(point):
            yield Block(text)


def _notes(package: Package, name: str) -> str:
    try:
        root = xml_safely.parse(package.zip.read(name))
    except (KeyError, PermanentError):
        return ""
    shapes = [s for s in root.iter() if local(s) == "sp" and _placeholder(s) == "body"]
    return "\n".join(text for s in shapes if (text := _paragraphs(child(s, "txBody"))))


def _authors(package: Package, main: str) -> dict[str, str]:
    for kind in ("commentAuthors", "authors"):
        for name in package.related(main, kind):
            try:
                root = xml_safely.parse(package.zip.read(name))
            except (KeyError, PermanentError):
                continue
            return {attribute(a, "id"): attribute(a, "name") for a in root}
    return {}


def _comments(package: Package, name: str, authors: dict[str, str]) -> Iterator[Block]:
    try:
        root = xml_safely.parse(package.zip.read(name))
    except (KeyError, PermanentError):
        return
    for comment in children(root, "cm"):
        text = " ".join(text_of(comment).split())
        who, when = (
            authors.get(attribute(comment, "authorId"), ""),
            attribute(comment, "dt") or attribute(comment, "created"),
        )
        if text:
            by = (f" by {who}" if who else "") + (f" on {when[:10]}" if when else "")
            yield Block(f"[Comment{by}: {text}]", foot=True, mark="comment")
