"""Halden's records: the condenser log, the cleaner's invoice, and the ledger of lost product."""

from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from extraction.sample import loss, marks
from extraction.sample.matter import PLAINTIFF
from extraction.sample.pages import Composer, Page, margins, paint
from extraction.sample.tables import fitted, ruled
from extraction.sample.typography import BOLD, INCH, LANDSCAPE, MONO, SANS, SERIF, markup, style

LOG_BATES, CLEANER_BATES, LEDGER_BATES = 341, 343, 377
LOG_HEAD = ("Date", "Unit", "Work", "Done by", "Remarks")
LOG = {
    "First quarter 2023 (January to March)": (
        ("01/19/23", "EC-1", "Basin heater checked", "TW", "ok"),
        ("01/19/23", "EC-2", "Basin heater checked", "TW", "ok"),
        ("01/19/23", "EC-3", "Basin heater checked", "TW", "ok"),
        ("02/02/23", "EC-1", "Fan belt tension", "AM", "new belt 1 of 2"),
        ("02/17/23", "EC-1 to 3", "Handover, visual", "TW", "with M. Trevanion"),
        ("03/06/23", "EC-1", "Inspection, rinse inside and out", "TW", "clean"),
        ("03/06/23", "EC-2", "Inspection, rinse inside and out", "TW", "clean"),
        ("03/06/23", "EC-3", "Inspection, rinse outside only", "TW", "hatch stuck; light film"),
        ("03/20/23", "EC-1 to 3", "Water treatment, conductivity 1,150", "AM", "bleed opened"),
    ),
    "Second quarter 2023 (April to June)": (
        ("04/11/23", "EC-1 to 3", "Water treatment, conductivity 1,240", "AM", ""),
        ("04/28/23", "EC-2", "Float valve replaced", "TW", ""),
        ("05/09/23", "EC-3", "Hatch freed", "TW", "scale on upper rows"),
        ("05/22/23", "EC-1", "Tubes brushed, basin flushed", "TW, AM", ""),
        ("05/22/23", "EC-2", "Tubes brushed, basin flushed", "TW, AM", ""),
        ("05/22/23", "EC-3", "Cleaning deferred, scaffold not available", "TW", "ask Blyth for price"),
        ("06/12/23", "EC-1", "Chemical cleaning", "Blyth", "see invoice"),
        ("06/12/23", "EC-2", "Chemical cleaning", "Blyth", "see invoice"),
        ("06/12/23", "EC-3", "Not done", "–", "scaffold again; now planned 07/14"),
        ("06/27/23", "EC-1 to 3", "Water treatment, conductivity 1,310", "AM", "bleed opened"),
    ),
}
CLEANING = (
    ("Qty", "Description", "Rate", "Amount"),
    ("2", "Evaporative condenser EC-1 and EC-2, chemical cleaning, inside", "$1,450.00", "$2,900.00"),
    ("2", "Same, outside, high pressure", "$380.00", "$760.00"),
    ("1", "Acid, neutralizer and disposal", "$415.00", "$415.00"),
    ("9", "Hours, two men, overtime after 5 p.m.", "$96.00", "$864.00"),
    ("", "Total, due in 30 days", "", "$4,939.00"),
)


def condenser_log() -> list[Page]:
    """Two pages of the log of condenser maintenance, one for each quarter."""
    pages: list[Page] = []
    for quarter, entries in LOG.items():
        composer = Composer(margins(top=1.1 * INCH), section="record")
        composer.add(Paragraph("HALDEN COLD STORAGE – WAREHOUSE 3", style(SANS, 13, 16, bold=True)))
        composer.add(Paragraph("Condenser maintenance log (Agreement § 8.4)", style(SANS, 11, 14, after=4)))
        composer.add(Paragraph(markup(quarter), style(SANS, 11, 14, bold=True, after=10)))
        composer.add(ruled((LOG_HEAD, *entries), (62, 58, 186, 52, 110), face=MONO, size=9))
        said = "Enter each cleaning with unit, date and name. Keep this sheet in the machine room."
        composer.add(Paragraph(said, style(SANS, 8.5, 11)))
        pages += composer.pages
    marks.stamp_bates(pages, "HAL", LOG_BATES)
    return pages


def cleaner_invoice() -> list[Page]:
    """The invoice of the company that cleaned two of the three condensers."""
    composer = Composer(margins(top=1.1 * INCH), section="record")
    composer.add(Paragraph("BLYTH MECHANICAL SERVICES, INC.", style(SERIF, 18, 22, bold=True)))
    composer.add(
        Paragraph("Boiler, condenser and tank cleaning – 31 Tannery Wharf, Port Ambry", style(SERIF, 11, 14, after=20))
    )
    for line in ("INVOICE 2023-1187", "Date: June 12, 2023", f"To: {PLAINTIFF}, 1400 Breakwater Road, Port Ambry"):
        composer.add(Paragraph(line, style(SANS, 10, 14)))
    said = "Work of June 12, 2023, Warehouse 3, roof. Ordered by T. Wren."
    composer.add(Paragraph(said, style(SANS, 10, 14, after=12)))
    composer.add(ruled(CLEANING, (40, 268, 80, 80), align="clrr", total=True))
    said = "EC-3 could not be reached: scaffold on the fence side was not there. Price for EC-3 on request. Thank you!"
    composer.add(Paragraph(said, style(SANS, 10, 14, before=8)))
    marks.stamp_bates(composer.pages, "HAL", CLEANER_BATES)
    return composer.pages


def product_ledger() -> bytes:
    """The ledger of lost product, lot by lot, with totals by customer."""
    composer = Composer(margins(0.6 * INCH, 0.6 * INCH, 0.95 * INCH, 0.75 * INCH, size=LANDSCAPE), size=LANDSCAPE)
    composer.add(Paragraph("PRODUCT LOSS LEDGER", style(SANS, 14, 18, bold=True)))
    said = (
        "Warehouse 3, Rooms 3A and 3B, event of July 8 and 9, 2023. Declared values as stated by the customers on "
        "receipt. Salvage as paid by Greywater Rendering Co. Twenty-two pallets of Ambry Growers that were moved to "
        "Room 3C and found sound on July 24 are not included. As of September 12, 2023."
    )
    composer.add(Paragraph(said, style(SANS, 9.5, 12, after=6)))
    for customer in loss.CUSTOMERS:
        composer.add(Paragraph(markup(customer.name), style(SANS, 10.5, 13, bold=True, before=6)), keep=80)
        composer.add(_lot_table(loss.of(customer.name)))
    composer.add(Paragraph("Summary", style(SANS, 10.5, 13, bold=True, before=6)), keep=90)
    composer.add(fitted(_summary(), composer.width, total=True))
    marks.stamp_bates(composer.pages, "HAL", LEDGER_BATES)
    return paint(composer.pages, _feet, heads=_heads, title="Product loss ledger", author=PLAINTIFF)


def _lot_table(lots: Sequence[loss.Lot]) -> Table:
    head = ("Lot", "Product", "Room", "Received", "Pallets", "Pounds", "Declared value", "Salvage")
    rows = [
        (
            lot.number,
            lot.product,
            lot.room,
            f"{lot.received:%m/%d/%y}",
            str(lot.pallets),
            f"{lot.pounds:,}",
            loss.dollars(lot.value_cents),
            loss.dollars(lot.salvage_cents),
        )
        for lot in lots
    ]
    subtotal = (
        "Subtotal",
        "",
        "",
        "",
        f"{sum(lot.pallets for lot in lots):,}",
        f"{sum(lot.pounds for lot in lots):,}",
        loss.dollars(sum(lot.value_cents for lot in lots)),
        loss.dollars(sum(lot.salvage_cents for lot in lots)),
    )
    widths = (78, 200, 48, 68, 58, 72, 100, 80)
    return ruled((head, *rows, subtotal), widths, align="llccrrrr", size=8.5, total=True)


def _summary() -> list[tuple[str, ...]]:
    groups = [(customer.name, loss.of(customer.name)) for customer in loss.CUSTOMERS]
    rows: list[tuple[str, ...]] = [("Customer", "Lots", "Pallets", "Declared value", "Salvage")]
    for name, lots in [*groups, ("Total", list(loss.lots()))]:
        value, salvage = sum(lot.value_cents for lot in lots), sum(lot.salvage_cents for lot in lots)
        pallets = sum(lot.pallets for lot in lots)
        rows.append((name, str(len(lots)), f"{pallets:,}", loss.dollars(value), loss.dollars(salvage)))
    return rows


def _heads(canvas: Canvas, page: Page, number: int, total: int) -> None:
    canvas.setFont(BOLD[SANS], 9)
    canvas.drawString(0.6 * INCH, page.size[1] - 0.6 * INCH, "HALDEN COLD STORAGE, LLC – PRODUCT LOSS LEDGER")
    canvas.setFont(SANS, 9)
    canvas.drawRightString(page.size[0] - 0.6 * INCH, page.size[1] - 0.6 * INCH, f"Page {number} of {total}")


def _feet(canvas: Canvas, page: Page, number: int, total: int) -> None:
    marks.bates_number(canvas, page)
