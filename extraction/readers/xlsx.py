"""Excel workbooks (XLSX, XLSM): a stream of rows, so that two cells a billion apart cost no more than two cells."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import cell_values, office_charts, sheet_rows, xml_safely
from extraction.readers.base import Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver
from extraction.readers.office_package import Package
from extraction.readers.xml_safely import Element, attribute, child, children, local, text_of, whole_number

MAX_SHARED_CHARS = 100_000_000
MAX_SHEETS = 1000
MAX_COLUMNS = 16_384
_REFERENCE = re.compile(r"([A-Z]{1,3})\d{1,7}")


@dataclass
class Workbook:
    """What cells refer to."""

    strings: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    from_1904: bool = False


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """Pages of a workbook, sheet by sheet, then its embedded files. Raises PermanentError(corrupt | archive_limit)."""
    package = Package(file)
    main = package.main_part()
    flow = Flow((), package.meta())
    if package.related(main, "externalLink"):
        flow.warn("outside_links")
    if package.related(main, "vbaProject"):
        flow.warn("macros")
    flow.blocks = _sheets(package, main, flow)
    yield from deliver(flow, options)
    yield from package.members()


def _sheets(package: Package, main: str, flow: Flow) -> Iterator[Block]:
    root = xml_safely.parse(package.zip.read(main))
    properties = child(root, "workbookPr")
    book = Workbook(_strings(package, main), _formats(package, main))
    book.from_1904 = properties is not None and attribute(properties, "date1904") in ("1", "true")
    relations = package.relations(main)
    sheets = list(children(child(root, "sheets"), "sheet"))
    flow.meta["sheets"] = str(len(sheets))
    for table, sheet in enumerate(sheets[:MAX_SHEETS], 1):
        relation = relations.get(attribute(sheet, "id"))
        label = sheet.get("name", f"Sheet {table}")
        if sheet.get("state", "visible") != "visible":
            flow.warn("hidden_sheets")
            label += " (hidden)"
        if relation is None or relation.target not in package.zip:
            flow.warn("parts_damaged")
            continue
        try:
            yield from sheet_rows.blocks(label, table, _rows(package, relation.target, book, flow))
        except PermanentError as error:
            if error.code != "corrupt":
                raise
            flow.warn("parts_damaged")
        yield from _around(package, relation.target, flow)


def _rows(package: Package, part: str, book: Workbook, flow: Flow) -> Iterator[dict[int, str]]:
    for element in xml_safely.elements(package.zip.stream(part), ("row",), inside="sheetData"):
        if attribute(element, "hidden") in ("1", "true"):
            flow.warn("hidden_rows")
        cells: dict[int, str] = {}
        column = -1
        for cell in children(element, "c"):
            column = _column(cell.get("r", ""), column + 1)
            if column >= MAX_COLUMNS:
                break
            if text := _value(cell, book):
                cells[column] = text
        yield cells


def _column(reference: str, otherwise: int) -> int:
    found = _REFERENCE.fullmatch(reference)
    if not found:
        return otherwise
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Element, book: Workbook) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _rich(child(cell, "is"))
    value = child(cell, "v")
    text = "" if value is None else value.text or ""
    if not text:
        return ""
    if kind == "s":
        index = whole_number(text, -1)
        return book.strings[index] if 0 <= index < len(book.strings) else ""
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    if kind != "n":
        return text
    style = whole_number(cell.get("s", "0"), -1)
    form = book.formats[style] if 0 <= style < len(book.formats) else cell_values.PLAIN
    try:
        return cell_values.number(float(text), form, from_1904=book.from_1904)
    except (ValueError, OverflowError):
        return text


def _rich(element: Element | None) -> str:
    """A string's text without its reading aids (phonetic runs)."""
    if element is None:
        return ""
    return "".join(t.text or "" for t in element.iter() if local(t) == "t" and local(t.getparent()) != "rPh")


def _strings(package: Package, main: str) -> list[str]:
    found: list[str] = []
    size = 0
    for name in package.related(main, "sharedStrings")[:1]:
        if name not in package.zip:
            continue
        for element in xml_safely.elements(package.zip.stream(name), ("si",)):
            text = _rich(element)
            size += len(text)
            if size > MAX_SHARED_CHARS:
                raise PermanentError("resource_memory", "shared strings")
            found.append(text)
    return found


def _formats(package: Package, main: str) -> list[str]:
    """What each cell style shows, by its index."""
    for name in package.related(main, "styles")[:1]:
        if name not in package.zip:
            continue
        root = xml_safely.parse(package.zip.read(name))
        codes = {n.get("numFmtId"): n.get("formatCode", "") for n in children(child(root, "numFmts"), "numFmt")}
        ids = [x.get("numFmtId", "0") for x in children(child(root, "cellXfs"), "xf")]
        return [cell_values.kind_of_format(whole_number(i), codes.get(i, "")) for i in ids]
    return []


def _around(package: Package, sheet: str, flow: Flow) -> Iterator[Block]:
    """A sheet's comments, text boxes and charts."""
    for name in package.related(sheet, "comments"):
        for block in _comments(package, name):
            flow.warn("comments")
            yield block
    for name in package.related(sheet, "drawing"):
        if name not in package.zip:
            continue
        try:
            root = xml_safely.parse(package.zip.read(name))
        except PermanentError:
            continue
        for shape in (s for s in root.iter() if local(s) == "txBody"):
            lines = [text_of(p).strip() for p in children(shape, "p")]
            if text := "\n".join(line for line in lines if line):
                yield Block(text)
        for chart in package.related(name, "chart"):
            yield from office_charts.blocks(package, chart)


def _comments(package: Package, name: str) -> Iterator[Block]:
    try:
        root = xml_safely.parse(package.zip.read(name))
    except (KeyError, PermanentError):
        return
    authors = [text_of(a).strip() for a in children(child(root, "authors"), "author")]
    for comment in children(child(root, "commentList"), "comment"):
        text = " ".join(_rich(child(comment, "text")).split())
        index = whole_number(comment.get("authorId", ""), -1)
        who = authors[index] if 0 <= index < len(authors) else ""
        if text:
            by = f" by {who}" if who else ""
            yield Block(f"[Comment{by} on {comment.get('ref', '')[:12]}: {text}]", foot=True, mark="comment")
