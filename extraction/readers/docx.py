"""Word documents (DOCX, DOCM, DOTX): body, tables, lists, notes, comments, headers; embedded files and pictures."""

import itertools
from collections.abc import Iterator
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import docx_numbering, docx_styles, office_charts, xml_safely
from extraction.readers.base import Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.docx_body import Body, Notes, comment_texts, note_texts, plain
from extraction.readers.flow_pages import Block, Flow, deliver
from extraction.readers.office_package import Package


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a Word document, then its embedded files. Raises PermanentError(corrupt | archive_limit)."""
    package = Package(file)
    main = package.main_part()
    # Where Word ended its pages when it last laid the document out; else ours are estimates.
    flow = Flow((), package.meta(), printed=package.zip.mentions(main, b"lastRenderedPageBreak"))
    if package.outside_links(main) or package.outside_links(f"{main.rpartition('/')[0]}/settings.xml"):
        flow.warn("outside_links")
    flow.blocks = itertools.chain(_running(package, main, "header"), _body(package, main, flow))
    yield from deliver(flow, options)
    yield from package.members()


def _body(package: Package, main: str, flow: Flow) -> Iterator[Block]:
    numbers = _part(package, main, "numbering", flow)
    styles = _part(package, main, "styles", flow)
    body = Body(
        flow,
        docx_styles.read(styles) if styles is not None else {},
        docx_numbering.read(numbers) if numbers is not None else docx_numbering.Numbering(),
        _notes(package, main, flow),
    )
    some = False
    try:
        for element in xml_safely.elements(package.zip.stream(main), ("p", "tbl", "sdt", "customXml"), inside="body"):
            for block in body.blocks(element):
                some = True
                yield block
    except PermanentError:
        if not some:
            raise
        flow.warn("damaged_end")
    yield from body.endnotes()
    for name in package.related(main, "chart"):
        yield from office_charts.blocks(package, name)
    yield from _running(package, main, "footer")


def _notes(package: Package, main: str, flow: Flow) -> Notes:
    parts = {kind: _part(package, main, kind, flow) for kind in ("footnotes", "endnotes", "comments")}
    return Notes(
        note_texts(parts["footnotes"], "footnote"),
        note_texts(parts["endnotes"], "endnote"),
        comment_texts(parts["comments"]),
    )


def _part(package: Package, main: str, kind: str, flow: Flow) -> xml_safely.Element | None:
    for name in package.related(main, kind):
        try:
            return xml_safely.parse(package.zip.read(name))
        except KeyError:
            continue
        except PermanentError:
            flow.warn("parts_damaged")
    return None


def _running(package: Package, main: str, kind: str) -> Iterator[Block]:
    """The headers or footers once, however many sections repeat them."""
    said = set()
    for name in package.related(main, kind):
        try:
            text = plain(xml_safely.parse(package.zip.read(name)))
        except (KeyError, PermanentError):
            continue
        if text and text not in said:
            said.add(text)
            yield Block(text, mark=kind)
