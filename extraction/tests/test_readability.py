"""The readability ledger: figures, causes, where they are, and doing something about them."""

import csv
import io

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from documents.models import Document, Page
from extraction import readability, troubles_again
from extraction.models import ExtractionJob
from extraction.readability import Readability, readability_of, troubles
from extraction.tests.pdf_making import made

NAME = "=Exhibit <b>9.txt"


def words(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "The goods were delivered in May.")


@pytest.fixture
def exhibit(case, make_document) -> Document:
    """Of its 8 pages 2–4 and 7 were too slow, 5 is blank, and OCR is not sure of 6."""
    document = make_document(case, ["One.", "", "", "", "", "Six", "", "Eight."], name=NAME)
    pages = Page.objects.filter(document=document)
    pages.filter(number__in=[2, 3, 4, 7]).update(state="unreadable", reason="resource_time")
    pages.filter(number=6).update(state="ocr", confidence=0.4, reason="no_text_layer")
    Document.objects.filter(pk=document.pk).update(status="partial", warnings=["damaged_end", "macros"])
    return document


@pytest.fixture
def locked(case, put_in, work_off, fake_embedder) -> Document:
    document = put_in(case, made(words, encrypt=StandardEncryption("sesame", strength=128)), name="locked.pdf")
    work_off()
    document.refresh_from_db()
    return document


@pytest.fixture
def elsewhere(other_case, make_document) -> Document:
    document = make_document(other_case, ["Secret.", ""], name="secret.txt")
    Page.objects.filter(document=document, number=2).update(state="unreadable", reason="page_damaged")
    return document


def test_the_figures_of_a_case_are_those_of_its_originals(case, exhibit, locked, elsewhere, put_in):
    put_in(case, f"{case.pk}{NAME}".encode(), name="copy.txt")
    figures = readability_of(case.pk)
    assert figures == Readability(
        text=2, ocr=1, blank=1, unreadable=4, low_confidence=1, documents=2, documents_failed=1, documents_waiting=0
    )
    assert (figures.pages, figures.readable, figures.percent) == (8, 4, 50)


def test_a_hundred_per_cent_is_only_said_if_nothing_failed():
    assert Readability(text=1000, unreadable=1).percent == 99
    assert Readability(text=10, documents_failed=1).percent == 99
    assert Readability(text=10).percent == 100
    assert Readability(documents_failed=1).percent is None


def test_every_cause_is_told_with_what_it_concerns_and_what_to_do(case, exhibit, locked, elsewhere):
    found = {t.key: (t.documents, t.pages) for t in troubles(case.pk)}
    assert found == {
        "document-encrypted": (1, 0),
        "page-resource_time": (1, 4),
        "page-low_confidence": (1, 1),
        "part-damaged_end": (1, 0),
    }
    assert all(t.cause.message and t.cause.remedy for t in troubles(case.pk))


def test_the_api_lists_documents_with_their_pages(case, exhibit, locked, elsewhere, api, bob):
    client = api(bob)
    ledger = client.get(f"/api/v1/cases/{case.pk}/readability/").json()
    assert (ledger["percent"], ledger["unreadable"], ledger["low_confidence"]) == (50, 4, 1)
    rows = client.get(f"/api/v1/cases/{case.pk}/readability/documents/").json()["results"]
    assert [(row["name"], row["code"], row["pages"]) for row in rows] == [
        (NAME, "resource_time", [[2, 4], [7, 7]]),
        (NAME, "low_confidence", [[6, 6]]),
        (NAME, "damaged_end", []),
        ("locked.pdf", "encrypted", []),
    ]
    for trouble in ledger["troubles"]:
        listed = client.get(f"/api/v1/cases/{case.pk}/readability/documents/?trouble={trouble['key']}").json()
        assert [row["code"] for row in listed["results"]] == [trouble["code"]]
    for senseless in ("nothing", "page-", "part-macros", "page-x%00y", "document-'"):
        listed = client.get(f"/api/v1/cases/{case.pk}/readability/documents/?trouble={senseless}")
        assert (listed.status_code, listed.json()["results"]) == (200, [])


def test_the_list_goes_on_over_its_pages(case, make_document, api, bob):
    for number in range(3):
        document = make_document(case, ["", "x"], name=f"{number}.txt")
        Page.objects.filter(document=document, number=1).update(state="unreadable", reason="page_damaged")
    url, seen = f"/api/v1/cases/{case.pk}/readability/documents/?limit=2", []
    while url:
        answer = api(bob).get(url).json()
        seen += [row["name"] for row in answer["results"]]
        url = answer["next"]
    assert seen == ["0.txt", "1.txt", "2.txt"]


def test_the_page_tells_all_of_it_and_nothing_of_it_is_markup(case, exhibit, locked, api, alice, bob):
    page = api(alice).get(f"/cases/{case.pk}/readability/").content.decode()
    assert "4 of 8 pages can be read" in page and "1 document could not be read at all" in page
    assert "=Exhibit &lt;b&gt;9.txt" in page and "Exhibit <b>9" not in page
    assert f'href="/documents/{exhibit.pk}/pages/2/">2–4</a>' in page
    assert "Try passwords" in page and "Read again" in page
    # A viewer reads, and changes nothing.
    page = api(bob).get(f"/cases/{case.pk}/readability/").content.decode()
    assert "Try passwords" not in page and "Read again" not in page


def test_a_case_in_which_all_was_read_says_so_and_an_empty_one_what_to_do(case, api, alice, make_document):
    assert "Add documents" in api(alice).get(f"/cases/{case.pk}/readability/").content.decode()
    make_document(case, ["One."])
    assert "Everything in this case could be read" in api(alice).get(f"/cases/{case.pk}/readability/").content.decode()


def test_the_case_and_search_lead_to_what_could_not_be_read(case, exhibit, api, bob):
    link = f'href="/cases/{case.pk}/readability/"'
    for url in (f"/cases/{case.pk}/", f"/cases/{case.pk}/search/?q=one"):
        assert link + ">4 could not be read" in api(bob).get(url).content.decode()


def test_passwords_given_on_the_page_open_every_protected_file(case, locked, api, alice, work_off):
    given = {"trouble": "document-encrypted", "passwords": "one\r\nsesame\r\n\r\n"}
    answer = api(alice).post(f"/cases/{case.pk}/readability/again/", given, format="multipart")
    assert answer.status_code == 302
    work_off()
    locked.refresh_from_db()
    assert (locked.status, locked.error_code) == ("ready", "")
    assert troubles(case.pk) == []


def test_a_password_given_on_the_documents_page_opens_it(locked, api, alice, work_off):
    page = api(alice).get(f"/documents/{locked.pk}/").content.decode()
    assert "Read it with a password" in page
    api(alice).post(f"/documents/{locked.pk}/reprocess/", {"passwords": "sesame"}, format="multipart")
    work_off()
    locked.refresh_from_db()
    assert locked.status == "ready"


@pytest.mark.parametrize("passwords", ["x" * 1001, "\n".join(map(str, range(51)))])
def test_too_many_or_too_long_passwords_are_refused_and_not_shown_again(case, locked, api, alice, passwords):
    given = {"trouble": "document-encrypted", "passwords": passwords}
    for url in (f"/cases/{case.pk}/readability/again/", f"/documents/{locked.pk}/reprocess/"):
        answer = api(alice).post(url, given, format="multipart")
        assert answer.status_code == 422
        assert passwords[:20] not in answer.content.decode()
        assert "at a time" in answer.content.decode() or "A password has at most" in answer.content.decode()


def test_only_the_pages_that_could_not_be_read_are_read_again(case, exhibit, api, alice):
    api(alice).post(f"/cases/{case.pk}/readability/again/", {"trouble": "page-resource_time"}, format="multipart")
    job = ExtractionJob.objects.get(document=exhibit, state="queued")
    assert job.options["pages"] == [2, 3, 4, 7]


def test_more_than_are_queued_at_once_are_left_for_the_next_time(case, make_document, monkeypatch):
    monkeypatch.setattr(troubles_again, "MOST", 1)
    for number in range(3):
        document = make_document(case, ["x"], name=f"{number}.txt")
        Page.objects.filter(document=document).update(state="unreadable", reason="page_damaged")
    assert troubles_again.read_again(case.pk, "page-page_damaged") == troubles_again.Queued(1, 2)


def test_the_table_for_spreadsheets_holds_every_row_and_no_formula(case, exhibit, locked, elsewhere, api, bob):
    answer = api(bob).get(f"/cases/{case.pk}/readability.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Document"], row["Pages"], row["Code"]) for row in rows] == [
        ("'" + NAME, "2–4, 7", "resource_time"),
        ("'" + NAME, "6", "low_confidence"),
        ("'" + NAME, "", "damaged_end"),
        ("locked.pdf", "", "encrypted"),
    ]


def test_whoever_is_no_member_learns_nothing_and_a_viewer_changes_nothing(case, exhibit, locked, api, bob, charlie):
    for url in ("readability/", "readability.csv"):
        assert api(charlie).get(f"/cases/{case.pk}/{url}").status_code == 404
    for url in ("readability/", "readability/documents/"):
        assert api(charlie).get(f"/api/v1/cases/{case.pk}/{url}").status_code == 404
    again, given = f"/cases/{case.pk}/readability/again/", {"trouble": "document-encrypted", "passwords": "sesame"}
    assert api(charlie).post(again, given, format="multipart").status_code == 404
    assert api(bob).post(again, given, format="multipart").status_code == 403
    assert not ExtractionJob.objects.filter(state="queued").exists()


def test_every_loss_is_a_warning_that_readers_know():
    from extraction.warnings import LOSSES, WARNINGS

    assert set(LOSSES) <= set(WARNINGS)
    assert set(readability.KINDS) == {"document", "page", "part"}
