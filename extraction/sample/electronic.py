"""What comes as files and not as paper: an e-mail with attachments, a locked and a broken PDF, an archive."""

import csv
import io
from email.message import EmailMessage
from email.policy import SMTP

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from extraction.sample import blocks, letters, records, scans
from extraction.sample.body import fill
from extraction.sample.draft import draft_minutes
from extraction.sample.office import zipped
from extraction.sample.pages import Composer, Page, margins, paint
from extraction.sample.typography import INCH

# The e-mail of Tobias Wren tells it.
ROSTER_PASSWORD = "Breakwater-1400"  # noqa: S105 - of a file that is invented, to try a password on
BLYTH = "Blyth invoice 2023-1187.pdf"


def wren_mail() -> bytes:
    """Tobias Wren sends papers to the General Counsel, and the password of the roster."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Tobias Wren <t.wren@halden.example>"
    mail["To"] = "Marguerite Sola <m.sola@halden.example>"
    mail["Cc"] = "Ruth Adeyemi <r.adeyemi@halden.example>"
    mail["Date"] = "Thu, 13 Jul 2023 16:31:00 -0400"
    mail["Subject"] = "Papers on the condensers and the night shift"
    mail["Message-ID"] = "<20230713163100.417@halden.example>"
    mail.set_content(blocks.source("wren.txt"))
    invoice = paint(records.cleaner_invoice(), _no_feet, title="Invoice 2023-1187", author="Blyth Mechanical Services")
    mail.add_attachment(invoice, maintype="application", subtype="pdf", filename=BLYTH)
    door = scans.photograph("machine_room.txt")
    mail.add_attachment(door, maintype="image", subtype="png", filename="machine room door.png")
    # Otherwise drawn by lot.
    mail.set_boundary("=_halden_20230713163100_417")
    return mail.as_bytes()


def locked_roster() -> bytes:
    """The roster of the night shift, which only its password opens."""
    composer = Composer(margins(top=1.1 * INCH))
    fill(composer, blocks.load("roster.md"), letters.MINUTES, {})
    lock = StandardEncryption(ROSTER_PASSWORD, strength=128)
    return paint(composer.pages, _no_feet, title="Night shift roster", author="T. Wren", lock=lock)


def broken_log() -> bytes:
    """The condenser log and an invoice, of which a download lost the end: within the last page."""
    pages = [*records.condenser_log(), *records.cleaner_invoice()]
    whole = paint(pages, _no_feet, title="Condenser maintenance log", author="T. Wren")
    return whole[: whole.rindex(b"stream\n", 0, whole.rindex(b"endstream")) + len(b"stream\n")]


def corvane_production() -> bytes:
    """A volume that the defendant produced: a draft, what became of it, and a machine's log."""
    return zipped(
        {
            "Corvane Volume 2/README.txt": blocks.source("production.txt"),
            "Corvane Volume 2/COR-000728.docx": draft_minutes(),
            "Corvane Volume 2/COR-000753.pdf": letters.minutes(),
            "Corvane Volume 2/COR-000793.csv": alarm_history(),
        }
    )


def alarm_history() -> str:
    """The alarm history that was enclosed to the reply of Corvane, as the control system exports it."""
    table = next(block for block in blocks.load("reply.md") if block.kind == "table")
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(table.rows)
    return out.getvalue()


def _no_feet(canvas: Canvas, page: Page, number: int, total: int) -> None:
    """These pages have nothing below their text."""
