"""Corvane's invoices, the small print on their back, and its statement of account."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from extraction.sample import blocks, marks
from extraction.sample.body import Look, fill
from extraction.sample.loss import dollars
from extraction.sample.matter import DEFENDANT
from extraction.sample.pages import Composer, Page, margins, paint
from extraction.sample.tables import ruled
from extraction.sample.typography import BOLD, INCH, SANS, markup, style

FIRST_BATES = 512
SMALL_PRINT = Look(face=SANS, size=8.4, leading=10.7, gap=6, first=0, align="justify", hanging=17)


@dataclass(frozen=True)
class Line:
    """`quantity` and `rate_cents` make the amount; a quantity has at most one decimal."""

    said: str
    quantity: float
    unit: str
    rate_cents: int

    @property
    def cents(self) -> int:
        return round(self.quantity * self.rate_cents)


@dataclass(frozen=True)
class Invoice:
    number: str
    dated: str
    due: str
    subject: str
    lines: tuple[Line, ...]
    remark: str

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)


MONTHS = ("March", "April", "May", "June")
INVOICES = (
    Invoice(
        "INV-22-0112",
        "March 14, 2022",
        "April 13, 2022",
        "Milestone 1, execution of the Agreement",
        (Line("20% of the Contract Price of $4,860,000", 1, "lot", 97_200_000),),
        "Paid April 11, 2022.",
    ),
    Invoice(
        "INV-22-0251",
        "August 8, 2022",
        "September 7, 2022",
        "Milestone 2, delivery of compressors and condensers",
        (Line("40% of the Contract Price of $4,860,000", 1, "lot", 194_400_000),),
        "Paid September 6, 2022. Compressor C-3 follows; see delivery note of September 19.",
    ),
    Invoice(
        "INV-23-0361",
        "February 20, 2023",
        "March 22, 2023",
        "Milestone 3, Substantial Completion of February 17, 2023",
        (
            Line("30% of the Contract Price of $4,860,000", 1, "lot", 145_800_000),
            Line("90% of the increase by Amendment No. 1 ($312,500)", 1, "lot", 28_125_000),
        ),
        "Paid April 3, 2023, with reservation as to liquidated damages.",
    ),
    Invoice(
        "INV-23-0398",
        "March 10, 2023",
        "April 9, 2023",
        "Milestone 4, Final Acceptance",
        (
            Line("10% of the Contract Price of $4,860,000", 1, "lot", 48_600_000),
            Line("10% of the increase by Amendment No. 1 ($312,500)", 1, "lot", 3_125_000),
        ),
        "Open. The list of items is complete but for the as-built drawing of the floor heating and one spare antenna.",
    ),
    Invoice(
        "INV-23-0417",
        "June 30, 2023",
        "July 30, 2023",
        "Monitoring Services, Section 7.5, March to June 2023",
        tuple(Line(f"Monitoring fee, {month} 2023", 1, "month", 431_000) for month in MONTHS),
        "Open. Replaces the monthly invoices, which your accounting returned for want of an order number.",
    ),
    Invoice(
        "INV-23-0466",
        "July 14, 2023",
        "August 13, 2023",
        "Emergency work, Warehouse 3, July 9 to 11, 2023",
        (
            Line("Labor, regular time", 62, "h", 15_500),
            Line("Labor, overtime", 74, "h", 23_250),
            Line("Labor, Sunday", 24, "h", 31_000),
            Line("Travel, three persons", 1, "lot", 184_500),
            Line("Daily allowance", 12, "day", 9_500),
            Line("Ammonia, recharge", 380, "lb", 450),
        ),
        "Open. Time sheets of M. Trevanion and two technicians attached to the original.",
    ),
    Invoice(
        "INV-23-0471",
        "July 19, 2023",
        "August 18, 2023",
        "Parts and repair, compressor C-1",
        (
            Line("Motor, 450 hp, rewinding", 1, "pc", 2_240_000),
            Line("Bearing set", 1, "set", 318_000),
            Line("Shaft seal", 1, "pc", 192_500),
            Line("Balancing on site", 1, "lot", 160_000),
            Line("Freight, express", 1, "lot", 112_500),
        ),
        "Open.",
    ),
)
STATEMENT = (
    ("Date", "Document", "Subject", "Charge", "Paid", "Balance"),
    ("03/14/22", "INV-22-0112", "Milestone 1", "$972,000.00", "", "$972,000.00"),
    ("04/11/22", "Wire", "", "", "$972,000.00", "$0.00"),
    ("08/08/22", "INV-22-0251", "Milestone 2", "$1,944,000.00", "", "$1,944,000.00"),
    ("09/06/22", "Wire", "", "", "$1,944,000.00", "$0.00"),
    ("02/20/23", "INV-23-0361", "Milestone 3", "$1,739,250.00", "", "$1,739,250.00"),
    ("03/10/23", "INV-23-0398", "Milestone 4", "$517,250.00", "", "$2,256,500.00"),
    ("03/31/23", "Monthly", "Monitoring, March", "$4,310.00", "", "$2,260,810.00"),
    ("04/03/23", "Wire", "", "", "$1,739,250.00", "$521,560.00"),
    ("04/30/23", "Monthly", "Monitoring, April", "$4,310.00", "", "$525,870.00"),
    ("05/31/23", "Monthly", "Monitoring, May", "$4,310.00", "", "$530,180.00"),
)


def invoices() -> bytes:
    """All invoices with the general terms on the back of the last, and the statement of account of May 31, 2023."""
    pages: list[Page] = []
    for invoice in INVOICES:
        pages += _invoice(invoice)
    pages += _small_print() + _statement()
    marks.stamp_bates(pages, "COR", FIRST_BATES)
    return paint(pages, _feet, heads=_heads, title="Invoices and statement of account, site 0317", author=DEFENDANT)


def _invoice(invoice: Invoice) -> list[Page]:
    composer = Composer(margins(top=1.75 * INCH), section="invoice")
    composer.add(Paragraph(f"INVOICE {invoice.number}", style(SANS, 15, 19, bold=True, after=8)))
    plain = style(SANS, 10, 13.5)
    left = [
        Paragraph(line, plain)
        for line in ("Bill to:", "Halden Cold Storage, LLC", "1400 Breakwater Road", "Port Ambry, Merrow")
    ]
    facts = (f"Date: {invoice.dated}", f"Due: {invoice.due}", "Site: 0317, Warehouse 3", "Terms: net 30 days")
    right = [Paragraph(line, plain) for line in facts]
    top = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    composer.add(Table([[left, right]], colWidths=[composer.width * 0.6, composer.width * 0.4], style=top))
    composer.add(Paragraph(markup(invoice.subject), style(SANS, 11, 14, bold=True, before=16, after=4)))
    rows: list[Sequence[str]] = [("Description", "Quantity", "Unit", "Rate", "Amount")]
    for line in invoice.lines:
        rows.append((line.said, f"{line.quantity:g}", line.unit, dollars(line.rate_cents), dollars(line.cents)))
    rows.append(("Total", "", "", "", dollars(invoice.cents)))
    composer.add(ruled(rows, (212, 56, 44, 78, 78), align="lrcrr", total=True))
    composer.add(Paragraph(markup(invoice.remark), style(SANS, 10, 13, before=6, after=14)))
    said = "Pay by wire to Foundry Savings Bank, Kestrel Falls, account ending 7731. Our General Terms of Sale apply."
    composer.add(Paragraph(said, style(SANS, 8.5, 11)))
    return composer.pages


def _small_print() -> list[Page]:
    columns = margins(0.7 * INCH, 0.7 * INCH, 1.15 * INCH, 0.8 * INCH, columns=2)
    composer = Composer(columns, section="terms")
    fill(composer, blocks.load("general_terms.md"), SMALL_PRINT, {})
    return composer.pages


def _statement() -> list[Page]:
    composer = Composer(margins(top=1.75 * INCH), section="invoice")
    composer.add(Paragraph("STATEMENT OF ACCOUNT", style(SANS, 15, 19, bold=True, after=6)))
    composer.add(Paragraph("Halden Cold Storage, LLC, as of May 31, 2023", style(SANS, 11, 14, after=8)))
    composer.add(ruled(STATEMENT, (52, 76, 96, 82, 82, 80), align="lllrrr", size=8.5))
    said = (
        "Open: INV-23-0398, $517,250.00, due April 9, 2023; monitoring, $12,930.00. "
        "Please tell us within fifteen days if you disagree."
    )
    composer.add(Paragraph(said, style(SANS, 10, 13, before=4, after=12)))
    return composer.pages


def _heads(canvas: Canvas, page: Page, number: int, total: int) -> None:
    y = page.size[1] - 0.85 * INCH
    if page.section == "invoice":
        canvas.setFillColorRGB(0.45, 0.1, 0.1)
        canvas.setFont(BOLD[SANS], 17)
        canvas.drawString(INCH, y, "CORVANE")
        canvas.setFont(SANS, 9)
        canvas.drawString(INCH, y - 14, "Corvane Refrigeration Systems, Inc. – 77 Foundry Lane, Kestrel Falls, Lowden")
        canvas.setFillGray(0)
    else:
        canvas.setFont(BOLD[SANS], 11)
        canvas.drawCentredString(page.size[0] / 2, y, "GENERAL TERMS OF SALE OF CORVANE REFRIGERATION SYSTEMS, INC.")


def _feet(canvas: Canvas, page: Page, number: int, total: int) -> None:
    marks.bates_number(canvas, page)
