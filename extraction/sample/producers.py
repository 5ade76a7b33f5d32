"""Every file of the sample case: where it lies, whose it was, and what writes it.

A further format is a function that returns the file's bytes, and a line here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from extraction.sample import (
    billing,
    blocks,
    contract,
    depositions,
    draft,
    electronic,
    letters,
    privilege,
    records,
    report,
    scans,
    transcript,
    workbook,
)
from extraction.sample.letters import Letter, letter
from extraction.sample.matter import (
    ADEYEMI,
    DEFENDANT_COUNSEL,
    DOCKET,
    LINDQVIST,
    PLAINTIFF_COUNSEL,
    PRYCE,
    SOLA,
    STROUD,
)
from extraction.sample.pleading import SINGLE, Paper, captioned, exhibit_sheet


@dataclass(frozen=True)
class Producer:
    """`path`: folder-relative. `build` returns the file's bytes, the same at every run.

    `hard`: it needs OCR, a password or mending.
    """

    path: str
    custodian: str
    build: Callable[[], bytes]
    hard: bool = False


COMPLAINT = Paper("complaint.md", "COMPLAINT", date(2023, 10, 6), PLAINTIFF_COUNSEL, 1)
ORDER = Paper("order.md", "MEMORANDUM AND ORDER ON MOTION TO DISMISS", date(2024, 2, 20), "Ostrander, J.", 19)
ANSWER = Paper("answer.md", "ANSWER AND COUNTERCLAIM", date(2024, 3, 5), DEFENDANT_COUNSEL, 22)
SCHEDULE = Paper("scheduling.md", "SCHEDULING ORDER", date(2024, 3, 29), "Ostrander, J.", 27, SINGLE)
MOTION = Paper("motion.md", "CORVANE'S MOTION FOR PARTIAL SUMMARY JUDGMENT", date(2025, 1, 17), DEFENDANT_COUNSEL, 58)
OPPOSITION = Paper(
    "opposition.md",
    "HALDEN'S OPPOSITION TO MOTION FOR PARTIAL SUMMARY JUDGMENT",
    date(2025, 2, 14),
    PLAINTIFF_COUNSEL,
    63,
)
ANSWERS = Paper(
    "interrogatories.md",
    "ANSWERS TO FIRST INTERROGATORIES",
    date(2024, 6, 14),
    PLAINTIFF_COUNSEL,
    look=SINGLE,
)
NOTICE = Letter(
    "notice.md", letters.HALDEN, "Notice of claim, July 21, 2023", SOLA, "Harriet Stroud, July 21, 2023", ("HAL", 298)
)
REPLY = Letter(
    "reply.md", letters.CORVANE, "Reply of August 4, 2023", STROUD, "Marguerite Sola, August 4, 2023", ("COR", 791)
)


def _motion() -> bytes:
    exhibits = [exhibit_sheet("A"), *records.condenser_log(), exhibit_sheet("B"), *records.cleaner_invoice()]
    return captioned(MOTION, exhibits=exhibits)


def _text(name: str) -> bytes:
    return blocks.source(name).replace("^L\n", "\f").encode()


PRODUCERS = (
    Producer("01 Pleadings/001 Complaint.pdf", DOCKET, partial(captioned, COMPLAINT)),
    Producer("01 Pleadings/019 Order on Motion to Dismiss.pdf", DOCKET, partial(captioned, ORDER)),
    Producer("01 Pleadings/022 Answer and Counterclaim.pdf", DOCKET, partial(captioned, ANSWER)),
    Producer("01 Pleadings/027 Scheduling Order.pdf", DOCKET, partial(captioned, SCHEDULE)),
    Producer("01 Pleadings/058 Motion for Partial Summary Judgment.pdf", DOCKET, _motion),
    Producer("01 Pleadings/063 Opposition to Summary Judgment.pdf", DOCKET, partial(captioned, OPPOSITION)),
    Producer("02 Contract/Master Equipment Supply and Services Agreement.pdf", SOLA, contract.agreement),
    Producer("02 Contract/Amendment No. 1.pdf", SOLA, contract.amendment),
    Producer("03 Correspondence/2023-07-21 Notice of Claim.pdf", SOLA, partial(letter, NOTICE)),
    Producer("03 Correspondence/2023-08-04 Reply of Corvane.pdf", STROUD, partial(letter, REPLY)),
    Producer("03 Correspondence/E-mails selected for deposition.txt", PLAINTIFF_COUNSEL, partial(_text, "emails.txt")),
    Producer("03 Correspondence/2023-07-13 Wren to Sola.eml", SOLA, electronic.wren_mail),
    Producer(
        "03 Correspondence/2023-07-18 Fax of the Health Officer.tif",
        ADEYEMI,
        partial(scans.fax, "health_officer.txt", "07/18/23  10:42   PORT AMBRY HEALTH OFFICE"),
        hard=True,
    ),
    Producer("04 Operations/2023-06-29 Operations Meeting Minutes.pdf", LINDQVIST, letters.minutes),
    Producer("04 Operations/2023-06-30 Draft Minutes.docx", LINDQVIST, draft.draft_minutes),
    Producer(
        "04 Operations/2023-07-08 Receiving Report (scan).pdf",
        ADEYEMI,
        partial(scans.scanned, "receiving.txt", "Receiving report"),
        hard=True,
    ),
    Producer("04 Operations/Condenser Log (download broke off).pdf", ADEYEMI, electronic.broken_log, hard=True),
    Producer("04 Operations/Night Shift Roster (locked).pdf", ADEYEMI, electronic.locked_roster, hard=True),
    Producer("05 Finance/Corvane Invoices and Statement.pdf", PRYCE, billing.invoices),
    Producer("05 Finance/Product Loss Ledger.pdf", ADEYEMI, records.product_ledger),
    Producer("05 Finance/Product Loss by Lot.xlsx", ADEYEMI, workbook.loss_workbook),
    Producer("06 Discovery/Answers to First Interrogatories.pdf", PLAINTIFF_COUNSEL, partial(captioned, ANSWERS)),
    Producer("06 Discovery/Corvane Privilege Log.pdf", DEFENDANT_COUNSEL, privilege.privilege_log),
    Producer("06 Discovery/Corvane Production Volume 2.zip", DEFENDANT_COUNSEL, electronic.corvane_production),
    Producer(
        "07 Depositions/Trevanion 2024-08-22.pdf",
        PLAINTIFF_COUNSEL,
        partial(transcript.as_pdf, depositions.TREVANION),
    ),
    Producer(
        "07 Depositions/Kessler 2024-09-05.txt", DEFENDANT_COUNSEL, partial(transcript.as_text, depositions.KESSLER)
    ),
    Producer("08 Experts/Vasterling Report 2024-10-18.pdf", PLAINTIFF_COUNSEL, report.report),
    Producer("09 Work product/Chronology.md", PLAINTIFF_COUNSEL, partial(_text, "chronology.md")),
)
