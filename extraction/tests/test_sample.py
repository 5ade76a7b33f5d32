"""The sample case: real to read, the same at every run, and of one piece."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from reportlab.platypus import Paragraph, Spacer

from cases.models import Case
from extraction.chunking import chunk_pages
from extraction.names import clean_name, clean_path
from extraction.readers import load
from extraction.readers.base import PageRead, ReadOptions
from extraction.sample import CASE, billing, blocks, depositions, loss, matter, transcript, write_sample_case
from extraction.sample.pages import Composer, margins
from extraction.sample.producers import PRODUCERS
from extraction.sample.typography import markup, style
from extraction.sample_case import make_sample_case
from extraction.sniff import sniff

COMPLAINT = "01 Pleadings/001 Complaint.pdf"
ORDER = "01 Pleadings/019 Order on Motion to Dismiss.pdf"
ANSWER = "01 Pleadings/022 Answer and Counterclaim.pdf"
SCHEDULE = "01 Pleadings/027 Scheduling Order.pdf"
MOTION = "01 Pleadings/058 Motion for Partial Summary Judgment.pdf"
OPPOSITION = "01 Pleadings/063 Opposition to Summary Judgment.pdf"
AGREEMENT = "02 Contract/Master Equipment Supply and Services Agreement.pdf"
AMENDMENT = "02 Contract/Amendment No. 1.pdf"
NOTICE = "03 Correspondence/2023-07-21 Notice of Claim.pdf"
REPLY = "03 Correspondence/2023-08-04 Reply of Corvane.pdf"
EMAILS = "03 Correspondence/E-mails selected for deposition.txt"
MINUTES = "04 Operations/2023-06-29 Operations Meeting Minutes.pdf"
INVOICES = "05 Finance/Corvane Invoices and Statement.pdf"
LEDGER = "05 Finance/Product Loss Ledger.pdf"
INTERROGATORIES = "06 Discovery/Answers to First Interrogatories.pdf"
PRIVILEGE_LOG = "06 Discovery/Corvane Privilege Log.pdf"
TREVANION = "07 Depositions/Trevanion 2024-08-22.pdf"
KESSLER = "07 Depositions/Kessler 2024-09-05.txt"
REPORT = "08 Experts/Vasterling Report 2024-10-18.pdf"
CHRONOLOGY = "09 Work product/Chronology.md"
PDFS = [
    *(COMPLAINT, ORDER, ANSWER, SCHEDULE, MOTION, OPPOSITION, AGREEMENT, AMENDMENT, NOTICE, REPLY, MINUTES),
    *(INVOICES, LEDGER, INTERROGATORIES, PRIVILEGE_LOG, TREVANION, REPORT),
]
# What is meant to be read without OCR, a password or repair.
READABLE = [*PDFS, EMAILS, KESSLER, CHRONOLOGY]

Pages = dict[str, list[PageRead]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample_case(folder)
    return folder


@pytest.fixture(scope="module")
def pages(root: Path) -> Pages:
    """What the readers make of the readable files."""
    found = {}
    for name in READABLE:
        path = root / name
        read = load(sniff(path.read_bytes()[: 16 << 10], name=path.name))
        with path.open("rb") as file:
            found[name] = [p for p in read(file, ReadOptions()) if isinstance(p, PageRead)]
    return found


def said(pages: list[PageRead]) -> str:
    """The pages' words with single spaces and straight quotes, of a transcript without the lines' numbers."""
    text = "\n".join(" ".join(lines_of_page(p).values()) if is_transcript(p) else p.text for p in pages)
    return straight(" ".join(text.split()))


def straight(text: str) -> str:
    return text.translate(str.maketrans("“”‘’", "\"\"''"))


def lines_of_page(page: PageRead) -> dict[int, str]:
    """A transcript page's lines by their number."""
    found = (re.match(r"\s*(\d{1,2})(?:\s+(.*))?$", line) for line in page.text.splitlines())
    return {int(m[1]): (m[2] or "").strip() for m in found if m}


def is_transcript(page: PageRead) -> bool:
    return list(lines_of_page(page)) == list(range(1, 26))


# The files


def test_it_is_a_case_of_many_files_and_pages(root, pages):
    files = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
    assert sorted(files) == sorted(p.path for p in PRODUCERS)
    assert len(files) >= 16
    # What is tried here is all that can be read as it is; the rest is in test_sample_formats.py.
    suffixes = (".pdf", ".txt", ".md")
    assert sorted(READABLE) == sorted(p.path for p in PRODUCERS if p.path.endswith(suffixes) and not p.hard)
    assert sum(map(len, pages.values())) >= 130
    assert len(pages[TREVANION]) >= 40
    assert len(pages[EMAILS]) == blocks.source("emails.txt").count("^L") + 1
    assert len(pages[AGREEMENT]) >= 15


def test_it_says_of_itself_that_it_is_invented(pages):
    assert "invented" in CASE.description
    for path, read in pages.items():
        if path != KESSLER:
            assert "invented" in said(read[:1]), path
    assert "invented" in said(pages[KESSLER])


def test_paths_are_safe_and_lie_in_folders_and_every_file_has_a_custodian():
    for producer in PRODUCERS:
        assert clean_path(producer.path) == producer.path
        name = producer.path.rpartition("/")[2]
        assert clean_name(name) == name
        assert "/" in producer.path
        assert producer.custodian
    assert len({p.path for p in PRODUCERS}) == len(PRODUCERS)
    assert len({p.custodian for p in PRODUCERS}) > 5


def test_no_two_files_have_the_same_content(root):
    digests = [hashlib.sha256((root / p.path).read_bytes()).hexdigest() for p in PRODUCERS]
    assert len(set(digests)) == len(digests)


def test_the_bytes_are_the_same_in_another_process_at_another_hash_seed_and_time_zone(root):
    code = (
        "import hashlib\nfrom extraction.sample.producers import PRODUCERS\n"
        "for p in PRODUCERS: print(hashlib.sha256(p.build()).hexdigest(), p.path)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, cwd=settings.BASE_DIR, env=environment
    )
    other = dict(reversed(line.split(" ", 1)) for line in run.stdout.decode().splitlines())
    assert other == {p.path: hashlib.sha256((root / p.path).read_bytes()).hexdigest() for p in PRODUCERS}


# What the readers see


@pytest.mark.parametrize("path", PDFS)
def test_every_page_of_a_pdf_has_text_and_words_inside_the_page(pages, path):
    for page in pages[path]:
        assert page.state == "text", page.number
        assert page.text.strip()
        assert page.words
        assert (page.width, page.height) in ((612, 792), (792, 612))


@pytest.mark.parametrize(
    ("path", "page", "row"),
    [
        (SCHEDULE, 1, ["Close of fact discovery", "September 27, 2024"]),
        (MOTION, 5, ["Total", "", "$603,670.00"]),
        (MOTION, 9, ["05/22/23", "EC-3", "Cleaning deferred, scaffold not available", "TW", "ask Blyth for price"]),
        (AGREEMENT, 16, ["P-215", "High discharge pressure, compressor cutout", "225 psig"]),
        (AMENDMENT, 3, ["Contract Price", "$4,860,000", "$312,500", "$5,172,500"]),
        (REPLY, 3, ["07/08/23", "11:51:30 p.m.", "K-117", "A-117 acknowledged at HMI-2", "dkessler"]),
        (MINUTES, 2, ["1", "Re-verify call-out list after 4.2.1", "Halden (RA)", "July 7, 2023"]),
        (INVOICES, 6, ["Total", "", "", "", "$38,950.00"]),
        (REPORT, 5, ["12:00 midnight", "-7 °F", "-8 °F", "74.1 °F"]),
        (REPORT, 7, ["Total", "1,184", "1,616,710", "$3,402,673.90", "$97,840.30", "$3,304,833.60"]),
    ],
)
def test_a_table_is_found_with_its_rows(pages, path, page, row):
    rows = [[cell["text"] for cell in r] for table in pages[path][page - 1].tables for r in table["rows"]]
    assert row in rows


def test_papers_without_ruled_tables_have_none(pages):
    for path in (COMPLAINT, ORDER, ANSWER, OPPOSITION, NOTICE, TREVANION):
        assert not any(page.tables for page in pages[path])


def test_the_ledger_as_it_is_read_adds_up_to_the_figures_of_the_pleadings(pages):
    rows = [[c["text"] for c in r] for page in pages[LEDGER] for t in page.tables for r in t["rows"]]
    lots = [r for r in rows if re.fullmatch(r"(PHS|AGC|NPL)-\d{5}", r[0])]
    cents = [int(re.sub(r"\D", "", r[6])) for r in lots]
    assert len(lots) == len({r[0] for r in lots}) == 104
    assert sum(int(r[4]) for r in lots) == 1184
    assert loss.dollars(sum(cents)) == matter.PRODUCT_LOSS
    assert loss.dollars(sum(int(re.sub(r"\D", "", r[7])) for r in lots)) == matter.SALVAGE


def test_two_columns_are_read_one_after_the_other(pages):
    text = said([pages[INVOICES][7]])
    assert text.index("12. Limit of liability.") < text.index("13. Buyer's duties.") < text.index("14. Hazardous")


def test_a_footnote_stands_on_the_page_of_its_mark(pages):
    page = next(p for p in pages[REPORT] if "whatever else has been said" in said([p]))
    assert "whatever else has been said.1" in said([page])
    assert "1 Halden's answer to Interrogatory No. 9" in said([page])


@pytest.mark.parametrize(
    ("path", "heading", "words"),
    [
        (AGREEMENT, "ARTICLE 19 – NOTICES AND CLAIMS", "within ten (10) Business Days"),
        (AGREEMENT, "ARTICLE 7 – REMOTE MONITORING SERVICES", "Within twenty-four (24) hours after each Software"),
        (AGREEMENT, "EXHIBIT B", "High discharge pressure, compressor cutout 225 psig"),
        (REPORT, "8. The Acknowledgments", "In eleven of the forty cases"),
        (INTERROGATORIES, "INTERROGATORY NO. 7", "There was no call on June 28."),
    ],
)
def test_a_passage_is_found_under_its_heading(pages, path, heading, words):
    chunks = chunk_pages([(p.number, p.text) for p in pages[path]])
    assert any(heading in c.heading for c in chunks if words in " ".join(c.body.split()))


# The transcripts


@pytest.mark.parametrize("path", [TREVANION, KESSLER])
def test_every_page_of_a_transcript_has_its_number_and_twenty_five_numbered_lines_in_order(pages, path):
    for page in pages[path]:
        assert re.search(rf"Page {page.number}\b", page.text.splitlines()[0])
        assert is_transcript(page)


@pytest.mark.parametrize("path", [TREVANION, KESSLER])
def test_the_testimony_is_questions_and_answers(pages, path):
    lines = [line for page in pages[path] for line in lines_of_page(page).values()]
    marks = [line[:2] for line in lines if line.startswith(("Q.", "A."))]
    assert abs(marks.count("Q.") - marks.count("A.")) <= 1
    assert len(marks) > 100


CITED = [
    (TREVANION, 12, 6, 12, 8, "Not that I have found."),
    (TREVANION, 15, 8, 15, 12, "Could it have waited until October? A. Yes."),
    (TREVANION, 20, 3, 20, 5, "So you saw on June 27 that the call-out list was short? A. Yes."),
    (TREVANION, 21, 3, 21, 16, "I told Ruth on the phone."),
    (TREVANION, 22, 4, 22, 16, "Is any of them to a number of Halden? A. I do not see one."),
    (TREVANION, 24, 11, 24, 16, '"Corvane (MT/OL)."'),
    (TREVANION, 25, 1, 25, 12, '"Halden (RA)."'),
    (TREVANION, 27, 25, 28, 4, "Would C-1 have stopped at 212? A. No."),
    (TREVANION, 29, 6, 29, 7, "Not by itself, no."),
    (TREVANION, 33, 18, 34, 8, "with two people one cannot hold the calls that follow an update"),
    (TREVANION, 36, 19, 37, 11, "So, yes."),
    (TREVANION, 38, 8, 38, 16, "Somewhere between 194 and 199."),
    (TREVANION, 40, 17, 40, 22, "It is experience."),
    (TREVANION, 41, 3, 41, 5, "No. I have said so."),
    (TREVANION, 43, 8, 43, 12, "I cannot say that I took it to be short."),
    (KESSLER, 6, 18, 6, 21, "I am not proud of it."),
    (KESSLER, 7, 11, 7, 17, "Was that you? A. No."),
    (KESSLER, 8, 20, 8, 25, "It just stayed on."),
    (KESSLER, 10, 17, 10, 19, 'It said "limit 210."'),
]


@pytest.mark.parametrize(("path", "page", "line", "to_page", "to_line", "words"), CITED)
def test_what_the_briefs_cite_by_page_and_line_stands_there(pages, path, page, line, to_page, to_line, words):
    lines = [
        text
        for p in pages[path][page - 1 : to_page]
        for n, text in lines_of_page(p).items()
        if (page, line) <= (p.number, n) <= (to_page, to_line)
    ]
    assert words in straight(" ".join(" ".join(lines).split()))


def test_every_citation_to_a_transcript_names_lines_that_have_words(pages):
    cited = Counter()
    for path in (MOTION, OPPOSITION, REPORT):
        witness = TREVANION
        pattern = r"(Trevanion|Kessler) Dep\.|(?<![\d:$,])(\d{1,2}):(\d{1,2})-(?:(\d{1,2}):)?(\d{1,2})(?![\d:])"
        for match in re.finditer(pattern, said(pages[path])):
            if match[1]:
                witness = TREVANION if match[1] == "Trevanion" else KESSLER
            elif witness == TREVANION or int(match[2]) < 11:
                first = lines_of_page(pages[witness][int(match[2]) - 1])
                last = lines_of_page(pages[witness][int(match[4] or match[2]) - 1])
                assert first[int(match[3])], match[0]
                assert last[int(match[5])], match[0]
                cited[path] += 1
    assert min(cited[path] for path in (MOTION, OPPOSITION, REPORT)) >= 5
    assert cited.total() >= 45


def test_the_index_names_the_page_on_which_an_exhibit_was_marked(pages):
    index = " ".join(lines_of_page(pages[TREVANION][2]).values())
    for number, _ in depositions.TREVANION.exhibits:
        marked = [p.number for p in pages[TREVANION] if f"(Exhibit {number} was marked" in p.text]
        assert len(marked) == 1
        assert re.search(rf"\b{number} \D.*?\.\. {marked[0]}\b", index)


def test_the_errata_quote_what_the_transcript_says(pages):
    for item in depositions.TREVANION.errata:
        assert lines_of_page(pages[TREVANION][item.page - 1])[item.line] == f"A. {item.reads}"


def test_no_word_of_a_transcript_is_parted_at_a_hyphen_by_the_end_of_a_line():
    for deposition in (depositions.TREVANION, depositions.KESSLER):
        for page in transcript.lines_of(deposition):
            assert len(page) <= transcript.LINES
            assert not any(line.endswith("-") for line in page)
            assert max(map(len, page)) <= transcript.COLUMNS + 4


# The facts


@pytest.mark.parametrize(
    ("fact", "paths"),
    [
        ("HALDEN COLD STORAGE, LLC", [p for p in PDFS if p != MINUTES]),
        (matter.CASE_NUMBER, [COMPLAINT, ORDER, ANSWER, SCHEDULE, MOTION, OPPOSITION, PRIVILEGE_LOG, REPORT]),
        ("March 14, 2022", [COMPLAINT, ORDER, AGREEMENT, AMENDMENT, NOTICE, INVOICES]),
        ("February 17, 2023", [COMPLAINT, ANSWER, INVOICES, TREVANION, NOTICE]),
        (matter.PRICE, [COMPLAINT, AGREEMENT, AMENDMENT, INVOICES, CHRONOLOGY]),
        (matter.AMENDED_PRICE, [AMENDMENT, CHRONOLOGY]),
        (matter.FIRST_CAP, [COMPLAINT, ORDER, ANSWER, MOTION, AGREEMENT, AMENDMENT, CHRONOLOGY]),
        (matter.AMENDED_CAP, [COMPLAINT, ORDER, ANSWER, MOTION, AMENDMENT, REPLY, CHRONOLOGY]),
        (matter.FINAL_MILESTONE, [ANSWER, MOTION, REPLY, INVOICES, CHRONOLOGY]),
        (matter.SERVICE_INVOICES, [ANSWER, REPLY]),
        (matter.COUNTERCLAIM, [ANSWER, MOTION, REPLY]),
        (matter.DELAY_DAMAGES, [COMPLAINT, NOTICE, INTERROGATORIES, CHRONOLOGY]),
        (matter.PRODUCT_LOSS, [COMPLAINT, INTERROGATORIES, LEDGER, REPORT]),
        (matter.SALVAGE, [COMPLAINT, INTERROGATORIES, LEDGER, REPORT]),
        (matter.NET_LOSS, [REPORT]),
        (matter.DISPOSAL, [COMPLAINT, INTERROGATORIES, REPORT]),
        (matter.CLAIM, [COMPLAINT, INTERROGATORIES, REPORT]),
        ("1,184 pallets", [COMPLAINT, ANSWER, INTERROGATORIES]),
        ("555-0142", [COMPLAINT, REPLY, EMAILS, INTERROGATORIES, TREVANION, REPORT, CHRONOLOGY]),
        ("555-0177", [COMPLAINT, EMAILS, INTERROGATORIES, KESSLER]),
        ("225 psig", [COMPLAINT, AGREEMENT, NOTICE, REPLY, OPPOSITION, TREVANION, REPORT]),
        ("11:51:30", [ANSWER, MOTION, REPLY, TREVANION, REPORT]),
        ("4:37", [COMPLAINT, ANSWER, NOTICE, REPLY, INTERROGATORIES, MOTION, KESSLER, REPORT]),
        ("COR-000744", [EMAILS, OPPOSITION, TREVANION, REPORT, CHRONOLOGY]),
        ("HAL-000263", [EMAILS, OPPOSITION, INTERROGATORIES, CHRONOLOGY]),
    ],
)
def test_a_fact_is_the_same_in_every_document_that_states_it(pages, fact, paths):
    for path in paths:
        words = said(pages[path])
        assert fact in (words.upper() if fact.isupper() else words), path


@pytest.mark.parametrize(
    ("one", "says", "other", "says_otherwise"),
    [
        (REPLY, 'acknowledged at 11:51:30 p.m. under the user name "dkessler"', KESSLER, "I do not believe so."),
        (MINUTES, "Re-verify call-out list after 4.2.1 Halden (RA)", EMAILS, "4.2.1 Corvane (MT/OL)"),
        (MOTION, "On June 28, 2023, Corvane's engineer told Ms. Adeyemi", INTERROGATORIES, "no call on June 28."),
        (INTERROGATORIES, "EC-1, EC-2 and EC-3 were cleaned on May 22", MOTION, "Cleaning deferred, scaffold"),
        (AGREEMENT, "ten (10) Business Days", AMENDMENT, "five (5) Business Days"),
        (EMAILS, "about 1,050 pallets", NOTICE, "1,206 pallets"),
        (EMAILS, "Item 4 is housekeeping.", AMENDMENT, "in Section 14.3,"),
        (TREVANION, "15 to 20 psi", REPORT, "by about 3.4 psi"),
        (AGREEMENT, "governed by the law of the State of Merrow", INVOICES, "law of the State of Lowden applies"),
    ],
)
def test_documents_contradict_each_other_where_they_are_meant_to(pages, one, says, other, says_otherwise):
    assert says in said(pages[one])
    assert says_otherwise in said(pages[other])


def test_the_sums_are_right():
    def cents(amount: str) -> int:
        return round(float(amount.strip("$").replace(",", "")) * 100)

    by_number = {invoice.number: invoice.cents for invoice in billing.INVOICES}
    services = by_number["INV-23-0417"] + by_number["INV-23-0466"] + by_number["INV-23-0471"]
    milestones = sum(by_number[n] for n in ("INV-22-0112", "INV-22-0251", "INV-23-0361", "INV-23-0398"))
    assert loss.dollars(services) == matter.SERVICE_INVOICES
    assert loss.dollars(by_number["INV-23-0398"]) == matter.FINAL_MILESTONE
    assert loss.dollars(services + by_number["INV-23-0398"]) == matter.COUNTERCLAIM
    assert milestones == cents(matter.AMENDED_PRICE)
    assert cents(matter.PRODUCT_LOSS) - cents(matter.SALVAGE) == cents(matter.NET_LOSS)
    assert cents(matter.NET_LOSS) + cents(matter.DISPOSAL) == cents(matter.CLAIM)
    assert cents(matter.DELAY_DAMAGES) == 17 * 6_500_00


def test_the_statement_of_account_carries_its_balance_forward():
    balance = 0
    for *_, charge, paid, after in billing.STATEMENT[1:]:
        balance += sum(int(re.sub(r"\D", "", a)) for a in [charge] if a)
        balance -= sum(int(re.sub(r"\D", "", a)) for a in [paid] if a)
        assert loss.dollars(balance) == after


def test_no_production_number_is_used_twice_and_those_on_one_document_go_up(pages):
    seen = Counter()
    for path in PDFS:
        # The number is the last line of a page, but for the legends that some have below it.
        feet = ["\n".join(p.text.splitlines()[-3:]) for p in pages[path]]
        stamped = [m[1] for foot in feet if (m := re.search(r"((?:HAL|COR)-\d{6})\s*$", foot, re.M))]
        seen.update(stamped)
        numbers = [int(number[4:]) for number in stamped]
        assert numbers == sorted(numbers)
    seen.update(re.findall(r"^ {40,}((?:HAL|COR)-\d{6})$", "\n".join(p.text for p in pages[EMAILS]), re.M))
    assert len(seen) > 50
    assert seen.most_common(1)[0][1] == 1


# The layout


def test_a_footnote_goes_to_the_page_on_which_its_mark_comes_to_stand():
    composer = Composer(margins(top=642, bottom=72))
    composer.add(Spacer(1, 18))
    words = " ".join(["word"] * 60) + ".[^] End."
    composer.add(Paragraph(markup(words, composer.next_note), style(leading=12)), note="A note.")
    first, second = composer.pages
    assert len(first.placed) == 2
    assert not first.notes
    assert [n.getPlainText() for _, notes in second.notes for n in notes] == ["1 A note."]


def test_what_is_higher_than_a_page_is_refused_and_not_tried_for_ever():
    with pytest.raises(ValueError, match="higher than its page"):
        Composer(margins()).add(Spacer(1, 5000))


def test_a_text_is_read_into_blocks():
    text = "\n\n".join(
        [
            "# T",
            '12. He said "no"[^]\nand left.\n[^]: Twice.',
            "(a) item",
            "> quoted\n> on",
            "| A | B |\n| 1 | |",
            "@here",
        ]
    )
    title, numbered, item, quotation, table, section = blocks.parse(text)
    assert (title.kind, title.text) == ("title", "T")
    assert (numbered.kind, numbered.label, numbered.note) == ("numbered", "12.", "Twice.")
    assert markup(numbered.text, 3) == "He said “no”<super>3</super> and left."
    assert (item.kind, item.label) == ("item", "(a)")
    assert quotation.text == "quoted on"
    assert table.rows == (("A", "B"), ("1", ""))
    assert (section.kind, section.label) == ("section", "here")


# The case in the database


def test_the_sample_case_is_taken_in_once_and_only_its_manager_sees_it(alice, charlie):
    case, count = make_sample_case(alice)
    assert count == len(PRODUCERS)
    assert {d.path: d.custodian for d in case.documents.all()} == {p.path: p.custodian for p in PRODUCERS}
    assert [(p.name, p.role, p.counsel) for p in case.parties.order_by("role")] == sorted(
        CASE.parties, key=lambda party: party[1]
    )
    assert make_sample_case(alice) == (case, 0)
    assert list(Case.objects.visible_to(alice)) == [case]
    assert not Case.objects.visible_to(charlie).exists()
