"""Office files whose parts are sound XML and describe more than there can be."""

from extraction.tests.killers.archives import deflated_zeros, zip_file
from extraction.tests.killers.kind import Killer, Pieces
from extraction.tests.killers.xml import LONG, open_document
from extraction.tests.made_files import DOCX, ODS, ODT, PPTX, XLSX, W, docx, paragraph, relations, xlsx, zipped
from extraction.tests.test_readers_slides import pptx, shape, slide


def xlsx_sparse(cells: int) -> Pieces:
    """Cells in the corners of the largest sheet there is, and a dimension that says so."""
    numbers = [1 + n * 1_048_575 // max(1, cells - 1) for n in range(cells)]
    rows = (f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="XFD{n}"><v>2</v></c></row>' for n in numbers)
    yield xlsx({"S": "".join(rows)})


def xlsx_far_cells(rows: int) -> Pieces:
    """Cells that say they lie beyond any sheet."""
    cell = '<row r="99999999999999999999"><c r="ZZZZZZ99999999999999999999"><v>1e999</v></c><c r=""><v>x</v></c></row>'
    yield xlsx({"S": cell * rows})


def xlsx_strings(count: int, kilobytes: int, uses: int) -> Pieces:
    """So many shared strings, the first of them long and used again and again."""
    strings = f"<si><t>{'x' * (kilobytes << 10)}</t></si>" + "<si><t>y</t></si>" * count
    yield xlsx({"S": '<row><c t="s"><v>0</v></c></row>' * uses}, strings=strings)


def xlsx_rows(count: int) -> Pieces:
    """So many rows of nothing."""
    yield xlsx({"S": "<row/>" * count})


def xlsx_sheets(count: int) -> Pieces:
    """So many sheets."""
    yield xlsx({f"S{n}": "<row><c><v>1</v></c></row>" for n in range(count)})


def xlsx_indices(rows: int) -> Pieces:
    """Indices and numbers of thousands of digits."""
    digits = "9" * 5_000
    cells = f'<c t="s"><v>{digits}</v></c><c s="{digits}"><v>{digits}</v></c><c t="n"><v>-1e{digits}</v></c>'
    yield xlsx({"S": f"<row>{cells}</row>" * rows})


def docx_tables(depth: int) -> Pieces:
    """Tables in tables."""
    yield docx("<w:tbl><w:tr><w:tc>" * depth + paragraph("deep") + "</w:tc></w:tr></w:tbl>" * depth)


def docx_styles(count: int) -> Pieces:
    """Styles and lists that rest on one another in a circle."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{n}"><w:basedOn w:val="s{(n + 1) % count}"/></w:style>'
        for n in range(count)
    )
    numbers = "".join(
        f'<w:abstractNum w:abstractNumId="{n}"><w:numStyleLink w:val="s{n}"/></w:abstractNum>'
        f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>'
        for n in range(count)
    )
    parts = {
        "word/styles.xml": f'<w:styles xmlns:w="{W}">{styles}</w:styles>',
        "word/numbering.xml": f'<w:numbering xmlns:w="{W}">{numbers}</w:numbering>',
    }
    listed = '<w:pStyle w:val="s0"/><w:numPr><w:ilvl w:val="999999999"/><w:numId w:val="1"/></w:numPr>'
    yield docx(paragraph("words", listed) * 3, parts, [("styles", "styles.xml"), ("numbering", "numbering.xml")])


def docx_paragraphs(count: int) -> Pieces:
    """So many empty paragraphs, each on a page of its own."""
    yield docx('<w:p><w:r><w:br w:type="page"/></w:r></w:p>' * count)


def docx_notes(count: int) -> Pieces:
    """Footnotes that refer to themselves."""
    note = f'<w:footnote w:id="1">{paragraph("n")}<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p></w:footnote>'
    parts = {"word/footnotes.xml": f'<w:footnotes xmlns:w="{W}">{note}</w:footnotes>'}
    body = '<w:p><w:r><w:t>words</w:t><w:footnoteReference w:id="1"/></w:r></w:p>' * count
    yield docx(body, parts, [("footnotes", "footnotes.xml")])


def package_loop(count: int) -> Pieces:
    """Parts related to themselves and to one another, so many times over."""
    loops = [("officeDocument", "word/document.xml"), ("officeDocument", "_rels/.rels")] * count
    many = [("package", "document.xml"), ("header", "document.xml"), ("image", "../../../etc/passwd")] * count
    yield zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(*loops),
            "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{paragraph("words")}</w:body></w:document>',
            "word/_rels/document.xml.rels": relations(*many),
        }
    )


def package_bomb(part: str, megabytes: int) -> Pieces:
    """A part that inflates to so much."""
    main = part if part.endswith(("document.xml", "workbook.xml", "presentation.xml")) else ""
    relation = relations(("officeDocument", main or part)).encode()
    packed = [("[Content_Types].xml", b"<Types/>"), ("_rels/.rels", relation)]
    return zip_file(
        [*((name, *_deflated(data)) for name, data in packed), (part, *deflated_zeros(megabytes))],
    )


def _deflated(data: bytes) -> tuple[bytes, int, int]:
    import zlib

    squeeze = zlib.compressobj(9, wbits=-15)
    return squeeze.compress(data) + squeeze.flush(), zlib.crc32(data), len(data)


def parts(count: int) -> Pieces:
    """So many parts that nothing refers to."""
    yield docx(paragraph("words"), {f"word/media/{n}.png": b"" for n in range(count)})


def pptx_groups(depth: int) -> Pieces:
    """Groups of shapes in groups of shapes."""
    yield pptx([slide("<p:grpSp>" * depth + shape("deep") + "</p:grpSp>" * depth)])


def pptx_slides(count: int) -> Pieces:
    """So many slides."""
    yield pptx([slide(shape("words"))] * count)


def _odf(kind: str, media_type: str, body: str) -> bytes:
    content = f"<o:c xmlns:o='o' xmlns:t='t' xmlns:x='x'><o:body><o:{kind}>{body}</o:{kind}></o:body></o:c>"
    return open_document(media_type, content)


def ods_repeats(times: int, rows: int) -> Pieces:
    """Cells and rows that say they are repeated."""
    cell = f'<x:table-cell x:number-columns-repeated="{times}"><t:p>word</t:p></x:table-cell>'
    row = f'<x:table-row x:number-rows-repeated="{times}">{cell}</x:table-row>'
    yield _odf("spreadsheet", ODS, f"<x:table>{row * rows}</x:table>")


def odt_lists(depth: int) -> Pieces:
    """Lists in lists, and spaces that say how many they are."""
    spaces = f'<t:p><t:s t:c="{"9" * 12}"/></t:p>'
    yield _odf("text", ODT, "<t:list><t:list-item>" * depth + spaces + "</t:list-item></t:list>" * depth)


PAGES = ("partial: too_many_pages", "partial: resource_time", "ready")

KILLERS = [
    Killer("xlsx_sparse", XLSX, xlsx_sparse, ("ready",), {"cells": 2}, {"cells": 2_000}),
    Killer("xlsx_far_cells", XLSX, xlsx_far_cells, ("ready",), {"rows": 100}, {"rows": 100_000}),
    Killer("xlsx_strings", XLSX, xlsx_strings, LONG, {"count": 20_000, "kilobytes": 32, "uses": 5_000},
            {"count": 2_000_000, "kilobytes": 9_000, "uses": 1_000_000}),
    Killer("xlsx_rows", XLSX, xlsx_rows, LONG, {"count": 50_000}, {"count": 10_000_000}),
    Killer("xlsx_sheets", XLSX, xlsx_sheets, LONG, {"count": 1_100}, {"count": 9_000}),
    Killer("xlsx_indices", XLSX, xlsx_indices, ("ready", "archive_limit"), {"rows": 100}, {"rows": 2_000}),
    Killer("docx_tables", DOCX, docx_tables, LONG, {"depth": 2_000}, {"depth": 200_000}),
    Killer("docx_styles", DOCX, docx_styles, ("ready", "resource_time"), {"count": 2}, {"count": 50_000}),
    Killer("docx_pages", DOCX, docx_paragraphs, PAGES, {"count": 6_000}, {"count": 1_000_000}),
    Killer("docx_notes", DOCX, docx_notes, LONG, {"count": 2_000}, {"count": 300_000}),
    Killer("docx_package_loop", DOCX, package_loop, ("ready",), {"count": 50}, {"count": 20_000}),
    Killer("docx_bomb", DOCX, package_bomb, ("archive_limit", "corrupt"),
            {"part": "word/document.xml", "megabytes": 100}, {"part": "word/document.xml", "megabytes": 4_000}),
    Killer("xlsx_bomb", XLSX, package_bomb, ("archive_limit", "corrupt"),
            {"part": "xl/workbook.xml", "megabytes": 100}, {"part": "xl/workbook.xml", "megabytes": 4_000}),
    Killer("pptx_bomb", PPTX, package_bomb, ("archive_limit", "corrupt"),
            {"part": "ppt/presentation.xml", "megabytes": 100}, {"part": "ppt/presentation.xml", "megabytes": 4_000}),
    Killer("odt_bomb", ODT, package_bomb, ("archive_limit", "corrupt"),
            {"part": "content.xml", "megabytes": 100}, {"part": "content.xml", "megabytes": 4_000}),
    Killer("docx_parts", DOCX, parts, ("archive_limit", "ready"), {"count": 3_000}, {"count": 60_000}),
    Killer("pptx_groups", PPTX, pptx_groups, LONG, {"depth": 200}, {"depth": 100_000}),
    Killer("pptx_slides", PPTX, pptx_slides, (*PAGES, "archive_limit"), {"count": 500}, {"count": 15_000}),
    Killer("ods_repeats", ODS, ods_repeats, LONG, {"times": 2**31 - 1, "rows": 2}, {"times": 10**30, "rows": 10_000}),
    Killer("odt_lists", ODT, odt_lists, LONG, {"depth": 100}, {"depth": 100_000}),
]  # fmt: skip
