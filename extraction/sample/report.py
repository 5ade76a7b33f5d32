"""The expert's report: its tables come from the ledger's lots, its appendix stands in two columns."""

from collections.abc import Sequence
from functools import partial

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from extraction.sample import blocks, loss, marks
from extraction.sample.body import Look, Section, fill
from extraction.sample.pages import Composer, Page, margins, paint
from extraction.sample.tables import fitted
from extraction.sample.typography import INCH, SANS, markup, style

LOOK = Look(size=11, leading=16.5, gap=9, first=0, align="justify", heading_align="left")
COVER = Look(face=SANS, size=13, leading=18, gap=14)
APPENDIX = Look(size=11, leading=15, gap=8, first=0, heading_align="left", item=14)
AUTHOR = "Ingrid A. Vasterling, Ph.D., P.E."

PARAMETERS = (
    ("Parameter", "Exhibit B", "Before", "After restoration"),
    ("P-215, compressor cutout", "225 psig", "225 psig", "210 psig"),
    ("P-216, restart inhibit", "20 min", "20 min", "0 min"),
    ("P-301, Call-Out List", "At least 5 entries", "5 entries", "2 entries"),
    ("P-303, automatic log-off", "15 min", "15 min", "0 min"),
)
EVENTS = (
    ("Time", "Event", "Pressure"),
    ("11:31:10 p.m.", "Warning W-214", "205 psig"),
    ("11:42:17 p.m.", "C-2 stops", "214 psig"),
    ("11:43:17 p.m.", "C-1 stops, then six restarts", "212 psig"),
    ("11:44:03 p.m.", "Critical Alarm A-117", ""),
    ("11:44:31 p.m.", "Call to 555-0142, no answer", ""),
    ("11:51:30 p.m.", "Acknowledged at HMI-2", ""),
    ("1:43:12 a.m.", "Second alarm acknowledged at HMI-2", ""),
    ("4:37:50 a.m.", "Round done, HMI-1", ""),
    ("4:46:31 a.m.", "C-2 stops after manual start", "213 psig"),
    ("5:40:18 a.m.", "P-215 corrected to 225 psig", ""),
    ("5:58:09 a.m.", "C-2 runs", "209 psig"),
)
TEMPERATURES = (
    ("Time", "Room 3A", "Room 3B", "Outdoor wet bulb"),
    ("11:00 p.m.", "-10 °F", "-10 °F", "74.8 °F"),
    ("12:00 midnight", "-7 °F", "-8 °F", "74.1 °F"),
    ("1:00 a.m.", "-2 °F", "-4 °F", "73.5 °F"),
    ("2:00 a.m.", "+2 °F", "-1 °F", "73.0 °F"),
    ("3:00 a.m.", "+6 °F", "+3 °F", "72.6 °F"),
    ("4:00 a.m.", "+10 °F", "+7 °F", "72.3 °F"),
    ("5:00 a.m.", "+14 °F", "+11 °F", "72.2 °F"),
    ("6:10 a.m.", "+19 °F", "+16 °F", "72.5 °F"),
    ("8:00 a.m.", "+17 °F", "+14 °F", "73.8 °F"),
    ("10:00 a.m.", "+11 °F", "+9 °F", "75.2 °F"),
    ("12:00 noon", "+5 °F", "+4 °F", "76.4 °F"),
    ("2:25 p.m.", "-0.2 °F", "-1 °F", "77.1 °F"),
)
SCENARIOS = (
    ("Scenario, July 8, 2023, 11:42 p.m.", "Pressure at C-2", "Limit", "Stops"),
    ("As it was: EC-3 scaled, limit 210", "214.0 psig", "210 psig", "Yes"),
    ("EC-3 clean, limit 210", "210.6 psig", "210 psig", "Yes"),
    ("EC-3 scaled, limit as in Exhibit B", "214.0 psig", "225 psig", "No"),
    ("EC-3 clean, limit as in Exhibit B", "210.6 psig", "225 psig", "No"),
)


def report() -> bytes:
    """The report of Halden's expert."""
    composer = Composer(margins(), section="cover")
    sections: dict[str, Section] = {
        "cover": _drop,
        "report": lambda c: c.start_page(section="report"),
        "appendix-a": lambda c: c.start_page(),
        "appendix-b": lambda c: c.start_page(margins(columns=2, gutter=24)),
        "table-parameters": partial(_table, title="Table 1. Site Parameters of June 27, 2023", rows=PARAMETERS),
        "table-events": partial(_table, title="Table 2. Alarm history, shortened", rows=EVENTS),
        "table-temperatures": partial(_table, title="Table 3. Mean room temperatures", rows=TEMPERATURES),
        "table-scenarios": partial(_table, title="Table 4. Discharge pressure with and without scale", rows=SCENARIOS),
        "table-loss": partial(_table, title="Table 5. Loss by customer", rows=loss_by_customer(), total=True),
        "table-rooms": partial(_table, title="Table 6. Loss by room", rows=loss_by_room(), total=True),
    }
    look = COVER
    for block in blocks.load("report.md"):
        if block.kind == "section":
            look = {"report": LOOK, "appendix-a": APPENDIX, "appendix-b": APPENDIX}.get(block.label, look)
        fill(composer, [block], look, sections)
    return paint(composer.pages, _feet, heads=_heads, title="Expert Report of Ingrid A. Vasterling", author=AUTHOR)


def loss_by_customer() -> list[tuple[str, ...]]:
    """Pallets, pounds, declared value, salvage and net loss of each customer, with a total."""
    rows: list[tuple[str, ...]] = [("Customer", "Pallets", "Pounds", "Declared value", "Salvage", "Net loss")]
    rows += [_sums(customer.name, loss.of(customer.name)) for customer in loss.CUSTOMERS]
    return [*rows, _sums("Total", loss.lots())]


def loss_by_room() -> list[tuple[str, ...]]:
    """The same by room."""
    rows: list[tuple[str, ...]] = [("Room", "Pallets", "Pounds", "Declared value", "Salvage", "Net loss")]
    rows += [_sums(f"Room {room}", [lot for lot in loss.lots() if lot.room == room]) for room in ("3A", "3B")]
    return [*rows, _sums("Total", loss.lots())]


def _sums(name: str, lots: Sequence[loss.Lot]) -> tuple[str, ...]:
    value, salvage = sum(lot.value_cents for lot in lots), sum(lot.salvage_cents for lot in lots)
    pallets, pounds = sum(lot.pallets for lot in lots), sum(lot.pounds for lot in lots)
    amounts = (loss.dollars(value), loss.dollars(salvage), loss.dollars(value - salvage))
    return (name, f"{pallets:,}", f"{pounds:,}", *amounts)


def _table(composer: Composer, *, title: str, rows: Sequence[Sequence[str]], total: bool = False) -> None:
    table = fitted(rows, composer.width, size=9.5, total=total)
    _, height = table.wrap(composer.width, 10_000)
    shape = style(SANS, 10, 12, bold=True, before=6, after=3)
    # A short table stays whole, under its title.
    composer.add(Paragraph(markup(title), shape), keep=min(height + 12, 400))
    composer.add(table)


def _drop(composer: Composer) -> None:
    composer.add(Paragraph("&nbsp;", style(SANS, 12, 14, after=130)))


def _heads(canvas: Canvas, page: Page, number: int, total: int) -> None:
    if page.section == "cover":
        return
    canvas.setFont(SANS, 8.5)
    canvas.drawString(INCH, page.size[1] - 0.65 * INCH, "Expert Report of Ingrid A. Vasterling, Ph.D., P.E.")
    canvas.drawRightString(page.size[0] - INCH, page.size[1] - 0.65 * INCH, "October 18, 2024")


def _feet(canvas: Canvas, page: Page, number: int, total: int) -> None:
    if page.section != "cover":
        marks.page_number(canvas, page, f"{number} / {total}", face=SANS, size=9)
