"""The sample case's files that are no born-digital PDF or text: each shows what its format brings along."""

import io
from datetime import date

import pytest
from PIL import Image

from extraction.errors import PermanentError
from extraction.sample import loss, matter
from extraction.sample.electronic import BLYTH, ROSTER_PASSWORD
from extraction.sample.producers import PRODUCERS
from extraction.sniff import sniff
from extraction.tests.made_files import Read, read

MAIL = "03 Correspondence/2023-07-13 Wren to Sola.eml"
FAX = "03 Correspondence/2023-07-18 Fax of the Health Officer.tif"
DRAFT = "04 Operations/2023-06-30 Draft Minutes.docx"
FINAL = "04 Operations/2023-06-29 Operations Meeting Minutes.pdf"
SCAN = "04 Operations/2023-07-08 Receiving Report (scan).pdf"
BROKEN = "04 Operations/Condenser Log (download broke off).pdf"
ROSTER = "04 Operations/Night Shift Roster (locked).pdf"
WORKBOOK = "05 Finance/Product Loss by Lot.xlsx"
ARCHIVE = "06 Discovery/Corvane Production Volume 2.zip"
FOLDER = "Corvane Volume 2/"


def made(path: str) -> bytes:
    return next(p for p in PRODUCERS if p.path == path).build()


def read_sample(path: str, **options: object) -> Read:
    return read_as_named(made(path), path, **options)


def read_as_named(data: bytes, path: str, **options: object) -> Read:
    return read(sniff(data[: 16 << 10], name=path.rpartition("/")[2]), data, **options)


def said(found: Read) -> str:
    return " ".join(found.text.split())


def rows_of(found: Read) -> list[list[str]]:
    return [[cell["text"] for cell in row] for page in found.pages for table in page.tables for row in table["rows"]]


@pytest.mark.parametrize("path", [MAIL, DRAFT, WORKBOOK, ROSTER])
def test_each_says_of_itself_that_it_is_invented(path):
    assert "invented" in said(read_sample(path, password=ROSTER_PASSWORD))


def test_the_draft_gives_the_action_to_corvane_and_the_minutes_that_were_sent_give_it_to_halden():
    draft, final = read_sample(DRAFT), read_sample(FINAL)
    action = "Re-verify call-out list after 4.2.1"
    owners = [next(row[2] for row in rows_of(found) if action in row) for found in (draft, final)]
    assert owners == ["Corvane (MT/OL)", "Halden (RA)"]
    assert {"tracked_changes", "comments"} <= set(draft.info.warnings)
    assert "MT and OL see to it." in said(draft) and "MT and OL" not in said(final)
    assert any("can you do the list by the 7th" in comment for comment in draft.marked("comment"))


def test_the_workbook_adds_up_to_the_ledger_and_hides_the_counts():
    found = read_sample(WORKBOOK)
    labels = list(dict.fromkeys(page.label for page in found.pages))
    assert labels == ["Summary", "Pell PHS", "Ambry AGC", "Norrland NPL", "Counts (hidden)"]
    assert "hidden_sheets" in found.info.warnings
    rows = rows_of(found)
    lots = [row for row in rows if row[0].split("-")[0] in ("PHS", "AGC", "NPL")]
    assert len(lots) == 104
    assert loss.dollars(round(sum(float(row[6]) for row in lots) * 100)) == matter.PRODUCT_LOSS
    total = next(row for row in rows if row[0] == "Total")
    assert [loss.dollars(round(float(cell) * 100)) for cell in total[3:5]] == [matter.PRODUCT_LOSS, matter.SALVAGE]
    assert lots[0][3] == loss.of("Pell Harbor Seafoods, Inc.")[0].received.isoformat()
    assert {date.fromisoformat(row[0]): row[1] for row in rows if row[0].startswith("2023")}[date(2023, 7, 9)] == "1050"


def test_the_mail_has_an_invoice_and_a_picture_and_tells_the_password_of_the_roster():
    found = read_sample(MAIL)
    assert list(found.members) == [BLYTH, "machine room door.png"]
    assert "BLYTH MECHANICAL" in read_as_named(found.members[BLYTH], BLYTH).text
    assert Image.open(io.BytesIO(found.members["machine room door.png"])).format == "PNG"
    (password,) = [word.rstrip(".") for word in found.text.split() if word.startswith("Breakwater-")]
    with pytest.raises(PermanentError) as refused:
        read_sample(ROSTER)
    assert refused.value.code == "encrypted"
    assert "Petra Vandersloot" in said(read_sample(ROSTER, password=password))


def test_the_archive_holds_the_draft_again_the_minutes_again_and_the_alarm_history():
    members = read_sample(ARCHIVE).members
    assert set(members) == {FOLDER + n for n in ("README.txt", "COR-000728.docx", "COR-000753.pdf", "COR-000793.csv")}
    assert members[FOLDER + "COR-000728.docx"] == made(DRAFT)
    assert members[FOLDER + "COR-000753.pdf"] == made(FINAL)
    history = read_as_named(members[FOLDER + "COR-000793.csv"], "COR-000793.csv")
    assert ["07/08/23", "11:51:30 p.m.", "K-117", "A-117 acknowledged at HMI-2", "dkessler"] in history.rows()


def test_of_the_download_that_broke_off_two_pages_are_left_and_the_third_is_missed():
    found = read_sample(BROKEN)
    assert [(p.state, p.reason) for p in found.pages] == [("text", ""), ("text", ""), ("unreadable", "page_damaged")]
    assert "Cleaning deferred, scaffold not available" in said(found)
    assert "damaged_end" in found.info.warnings


def test_the_fax_is_black_and_white_and_has_two_pages():
    picture = Image.open(io.BytesIO(made(FAX)))
    assert (picture.mode, picture.n_frames, picture.size) == ("1", 2, (1728, 2156))
    assert picture.info["compression"] == "group4"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "words"),
    [
        (SCAN, ["Pell Harbor Seafoods, Inc.", "11:10 p.m.", "supervisor drives the second forklift", "door 7"]),
        (FAX, ["PORT AMBRY HEALTH OFFICE", "Ruth Adeyemi", "shall be removed", "after July 28, 2023"]),
    ],
)
def test_scan_and_fax_are_read_by_ocr(case, put_in, work_off, fake_embedder, path, words):
    document = put_in(case, made(path), name=path)
    work_off()
    document.refresh_from_db()
    pages = list(document.pages.order_by("number"))
    assert (document.status, [page.state for page in pages]) == ("ready", ["ocr", "ocr"])
    text = " ".join(" ".join(page.text for page in pages).split())
    assert [word for word in words if word not in text] == []
