"""Tables for spreadsheets: lines of CSV, and workbooks (XLSX) written by hand, since they are a few lines of XML.

A cell from a document or a person may begin like a formula (=HYPERLINK(…)). In CSV it is put behind an apostrophe;
in a workbook text is typed as text, which no program computes.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Tells a spreadsheet that a CSV file is UTF-8.
UTF8_MARK = "\ufeff"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a cell of Excel holds.
MAX_CELL_CHARS = 32_767
# Neither XML nor a spreadsheet has these.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Always the same bytes for the same cells.
_DATE = (1980, 1, 1, 0, 0, 0)

Cell = object
Rows = Iterable[Sequence[Cell]]


def csv_line(cells: Iterable[Cell]) -> str:
    """One line of CSV."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if str(cell).startswith(FORMULA) else cell for cell in cells])
    return line.getvalue()


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    """A workbook of these sheets. Numbers stay numbers, everything else is text."""
    numbered = list(enumerate(sheets, 1))
    override = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_PART}.worksheet+xml"/>' for n, _ in numbered
    )
    listed = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_PART}.sheet.main+xml"/>{override}</Types>',
        "_rels/.rels": _relationships([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relationships([("worksheet", f"worksheets/sheet{n}.xml") for n, _ in numbered]),
    }
    for n, name in numbered:
        parts[f"xl/worksheets/sheet{n}.xml"] = _worksheet(sheets[name])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for path, xml in parts.items():
            package.writestr(zipfile.ZipInfo(path, _DATE), _HEAD + xml, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _relationships(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _worksheet(rows: Rows) -> str:
    cells = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    return f'<worksheet xmlns="{_SHEET}"><sheetData>{cells}</sheetData></worksheet>'


def _cell(value: Cell) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    text = _NO_XML.sub("\ufffd", "" if value is None else str(value))[:MAX_CELL_CHARS]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
