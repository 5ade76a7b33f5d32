"""OpenDocument text, spreadsheets and presentations (ODT, ODS, ODP): what an opened file of any kind shares."""

import itertools
from collections.abc import Iterator
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import odf_sheets, xml_safely
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver
from extraction.readers.odf_text import Text, deletions, running, styles_that_break
from extraction.readers.pictures import worth_keeping
from extraction.readers.xml_safely import attribute, child, local, text_of
from extraction.readers.zip_container import MAX_PARTS, Container

_META = {
    "title": "title",
    "subject": "subject",
    "initial-creator": "author",
    "creator": "modified_by",
    "creation-date": "created",
    "date": "modified",
    "keyword": "keywords",
    "description": "comments",
    "generator": "producer",
}
MAX_MEMBERS = 2000
_TEXT_BLOCKS = ("p", "h", "list", "table", "section", "soft-page-break", "index-body", "tracked-changes", "frame")


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a text, sheets or slides, then pictures. Raises PermanentError(encrypted | corrupt | archive_limit)."""
    package = Container(file, max_entries=MAX_PARTS)
    if "content.xml" not in package:
        raise PermanentError("corrupt", "no content")
    _refuse_encrypted(package)
    flow = Flow((), _meta(package))
    kind = package.read("mimetype", 1000).decode("ascii", "replace") if "mimetype" in package else ""
    if "spreadsheet" in kind:
        flow.blocks = odf_sheets.blocks(package.stream("content.xml"), flow)
    elif "presentation" in kind or "graphics" in kind:
        flow.printed = True
        flow.blocks = _slides(package, flow)
    else:
        flow.printed = package.mentions("content.xml", b"soft-page-break")
        header, footer = (running(_styles(package), name) for name in ("header", "footer"))
        flow.blocks = itertools.chain(header, _text(package, flow), footer)
    yield from deliver(flow, options)
    yield from _members(package)


def _text(package: Container, flow: Flow) -> Iterator[Block]:
    breaking = styles_that_break(package.stream("content.xml"))
    text = Text(flow, breaking)
    some = False
    try:
        for element in xml_safely.elements(package.stream("content.xml"), _TEXT_BLOCKS, inside="text"):
            if local(element) == "tracked-changes":
                text.deleted = deletions(element)
                continue
            for block in text.blocks(element):
                some = True
                yield block
    except PermanentError:
        if not some:
            raise
        flow.warn("damaged_end")
    yield from text.endnotes


def _slides(package: Container, flow: Flow) -> Iterator[Block]:
    text = Text(flow, frozenset())
    for number, page in enumerate(xml_safely.elements(package.stream("content.xml"), ("page",)), 1):
        name = attribute(page, "name")
        yield Block(
            "", label=f"Slide {number}" + (f": {name}" if name and name != f"page{number}" else ""), new_page=True
        )
        for shape in page:
            if local(shape) == "notes":
                said = [b.text for part in shape for b in text.blocks(part) if b.text.strip()]
                if said:
                    yield Block(f"[Speaker notes: {chr(10).join(said)}]", mark="note")
            else:
                yield from text.blocks(shape)


def _refuse_encrypted(package: Container) -> None:
    if "META-INF/manifest.xml" not in package:
        return
    root = xml_safely.parse(package.read("META-INF/manifest.xml"))
    if any(local(e) == "encryption-data" for e in root.iter()):
        raise PermanentError("encrypted")


def _meta(package: Container) -> dict[str, str]:
    try:
        root = xml_safely.parse(package.read("meta.xml", 1 << 20))
    except (KeyError, PermanentError):
        return {}
    found = {}
    facts = child(root, "meta")
    for element in () if facts is None else facts:
        ours, text = _META.get(local(element)), text_of(element).strip()
        if ours and text:
            found[ours] = text
    return found


def _styles(package: Container) -> xml_safely.Element | None:
    try:
        return xml_safely.parse(package.read("styles.xml"))
    except (KeyError, PermanentError):
        return None


def _members(package: Container) -> Iterator[Member]:
    for name in (package.names("Pictures/") + package.names("media/"))[:MAX_MEMBERS]:
        try:
            data = package.read(name)
        except PermanentError:
            continue
        if worth_keeping(data):
            yield Member(name.rpartition("/")[2], (data,))
