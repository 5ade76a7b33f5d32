"""The ledger of lost product as an Excel workbook: a summary with formulas, a sheet for each customer, a hidden one."""

from collections.abc import Iterable, Sequence
from datetime import date
from xml.sax.saxutils import escape

from extraction.sample import loss
from extraction.sample.office import OFFICE, package
from extraction.sample.pages import FICTIONAL

S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
GENERAL, DATE, MONEY = 0, 1, 2
STYLES = (
    f'<styleSheet xmlns="{S}"><numFmts count="1"><numFmt numFmtId="164" formatCode="&quot;$&quot;#,##0.00"/></numFmts>'
    "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
    "</cellXfs></styleSheet>"
)
# Day 1 of the calendar of spreadsheets, less the 29 February 1900 that they believe in.
DAY_0 = date(1899, 12, 30)
HEAD = ("Lot", "Product", "Room", "Received", "Pallets", "Pounds", "Declared value", "Salvage")
# The counts of different days, which nobody outside was meant to compare: the sheet is hidden.
COUNTS = (
    ("Day", "Pallets", "Source"),
    (date(2023, 7, 9), 1050, "T. Wren, rough count, back of 3B not opened"),
    (date(2023, 7, 21), 1206, "letter to Corvane, with 22 pallets moved to 3C"),
    (date(2023, 9, 12), 1184, "ledger"),
)
Cell = str | int | float | date | tuple[str, float]


def loss_workbook() -> bytes:
    """The workbook behind the ledger."""
    names = [customer.name.split()[0] + " " + customer.prefix for customer in loss.CUSTOMERS]
    sheets = [("Summary", "visible", _sheet(_summary(names)))]
    for name, customer in zip(names, loss.CUSTOMERS, strict=True):
        sheets.append((name, "visible", _sheet([HEAD, *_lots(customer.name)])))
    sheets.append(("Counts", "hidden", _sheet(COUNTS)))
    parts = [
        (f"worksheets/sheet{n}.xml", "worksheet", "spreadsheetml.worksheet", xml)
        for n, (_, _, xml) in enumerate(sheets, 1)
    ]
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" state="{state}" r:id="r{n}"/>'
        for n, (name, state, _) in enumerate(sheets, 1)
    )
    return package(
        "xl/workbook.xml",
        "spreadsheetml.sheet.main",
        f'<workbook xmlns="{S}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        [*parts, ("styles.xml", "styles", "spreadsheetml.styles", STYLES)],
        title="Product loss by lot",
    )


def _summary(names: Sequence[str]) -> Iterable[Sequence[Cell]]:
    yield ("PRODUCT LOSS, WAREHOUSE 3, ROOMS 3A AND 3B",)
    yield (FICTIONAL,)
    yield ("Customer", "Lots", "Pallets", "Declared value", "Salvage")
    first = 4
    for name, customer in zip(names, loss.CUSTOMERS, strict=True):
        lots = loss.of(customer.name)
        end = len(lots) + 1
        sums = zip("EGH", _sums(lots), strict=True)
        yield (customer.name, len(lots), *((f"SUM('{name}'!{c}2:{c}{end})", value) for c, value in sums))
    last = first + len(names) - 1
    totals = zip("CDE", _sums(loss.lots()), strict=True)
    yield ("Total", len(loss.lots()), *((f"SUM({c}{first}:{c}{last})", value) for c, value in totals))


def _sums(lots: Iterable[loss.Lot]) -> tuple[float, float, float]:
    kept = list(lots)
    cents = sum(lot.value_cents for lot in kept), sum(lot.salvage_cents for lot in kept)
    return float(sum(lot.pallets for lot in kept)), cents[0] / 100, cents[1] / 100


def _lots(customer: str) -> Iterable[Sequence[Cell]]:
    for lot in loss.of(customer):
        money = lot.value_cents / 100, lot.salvage_cents / 100
        yield (lot.number, lot.product, lot.room, lot.received, lot.pallets, lot.pounds, *money)


def _sheet(rows: Iterable[Sequence[Cell]]) -> str:
    made = "".join(
        f'<row r="{r}">{"".join(_cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(row))}</row>'
        for r, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{S}"><sheetData>{made}</sheetData></worksheet>'


def _cell(place: str, value: Cell) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, tuple):
        formula, result = value
        return f'<c r="{place}" s="{_style(result)}"><f>{escape(formula)}</f><v>{result:.15g}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="{DATE}"><v>{(value - DAY_0).days}</v></c>'
    return f'<c r="{place}" s="{_style(value)}"><v>{value:.15g}</v></c>'


def _style(value: float) -> int:
    return GENERAL if value == int(value) else MONEY
