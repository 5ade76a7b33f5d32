"""Headers, footers and stamps are found across a document's pages, marked, and kept out of headings."""

import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from documents.models import Document
from extraction import running_heads
from extraction.chunking import chunk_pages, slice_body
from extraction.readers.base import Mark, PageRead
from extraction.reprocess import reprocess
from extraction.tests.pdf_making import made, pages

PROSE = "The court has considered the papers and finds that the motion ought to be denied in part"


def filing(of: int, *, court: bool = True, bates: str = "HCS-", first: int = 417):
    """Pages as they are filed and produced, each with prose of its own."""

    def draw(number: int):
        def page(canvas: Canvas) -> None:
            canvas.setFont("Helvetica", 8)
            if court:
                canvas.drawString(150, 776, f"Case 3:23-cv-00418-LMO Document 12 Filed 03/04/24 Page {number} of {of}")
            canvas.drawString(72, 750, "HALDEN v. CORVANE")
            canvas.drawCentredString(306, 30, f"- {number} -")
            canvas.drawString(480, 18, f"{bates}{first + number:07}" if bates else "")
            canvas.drawString(72, 18, "CONFIDENTIAL - SUBJECT TO PROTECTIVE ORDER")
            canvas.setFont("Times-Roman", 12)
            for n in range(8):
                word = string.ascii_lowercase[(3 * number + n) % 26] * 6
                canvas.drawString(72, 712 - 80 * n, f"{PROSE} {word}.")

        return page

    return made(*(draw(number) for number in range(1, of + 1)))


def marked(page: PageRead) -> dict[str, str]:
    """What is marked on a page: its text → kind and value."""
    return {
        page.text[m.start : m.end]: f"{m.kind} {m.value}" for m in page.marks if m.kind in ("header", "footer", "stamp")
    }


def test_everything_that_comes_again_or_is_stamped_is_marked_and_nothing_else():
    read = pages(filing(4))
    found = running_heads.mark(read)
    assert [page.text for page in found] == [page.text for page in read]
    for number, page in enumerate(found, 1):
        assert marked(page) == {
            f"Case 3:23-cv-00418-LMO Document 12 Filed 03/04/24 Page {number} of 4": "stamp filing",
            "HALDEN v. CORVANE": "header running",
            f"- {number} -": "footer running",
            f"HCS-{417 + number:07}": "stamp bates",
            "CONFIDENTIAL - SUBJECT TO PROTECTIVE ORDER": "stamp legend",
        }


def test_a_page_without_a_label_is_called_by_its_production_number():
    read = pages(filing(3))
    named = [replace(read[0], label="iv"), *read[1:]]
    assert [page.label for page in running_heads.mark(named)] == ["iv", "HCS-0000419", "HCS-0000420"]


@pytest.mark.parametrize(
    ("bates", "first", "label"), [("ABC", 12344, "ABC0012345"), ("Exhibit ", 4000, ""), ("", 0, "")]
)
def test_on_a_single_page_only_what_looks_like_a_production_number_is_one(bates, first, label):
    (page,) = running_heads.mark(pages(filing(1, bates=bates, first=first)))
    assert page.label == label
    assert "HALDEN v. CORVANE" not in marked(page)


@pytest.mark.parametrize(
    "stamp",
    [
        "Case 1:19-bk-10412-MB Doc 871 Filed 06/01/21 Entered 06/01/21 16:22:09 Desc Main Document Page 3 of 20",
        "USCA4 Appeal: 22-1234 Doc: 15 Filed: 03/02/2022 Pg: 4 of 61",
        "Case: 25-1689, 07/15/2025, DktEntry: 28.1, Page 1 of 2",
        "Case 2:20-cv-02345-JAM-DB Document 41-3 Filed 11/30/20 Page 7 of 9 PageID #: 1203",
        "RECEIVED NYSCEF: 01/15/2023",
        "HIGHLY CONFIDENTIAL - ATTORNEYS' EYES ONLY",
    ],
)
def test_the_stamps_of_courts_are_known_on_a_single_page(stamp):
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(40, 776, stamp)
        canvas.drawString(72, 600, "Said in the middle: Case 1:20-cv-1 Document 2 Filed 01/01/20 Page 1 of 1")

    (found,) = running_heads.mark(pages(made(page)))
    assert list(marked(found)) == [stamp]


@pytest.mark.parametrize(
    "title",
    ["CONFIDENTIAL SETTLEMENT AGREEMENT AND RELEASE", "Case No. 23-418", "In re Case 12, the Filed Rate Doctrine"],
)
def test_a_title_or_a_caption_at_the_head_of_a_page_is_no_stamp(title):
    (found,) = running_heads.mark(pages(made(lambda canvas: canvas.drawString(72, 740, title))))
    assert marked(found) == {}


def test_rows_of_a_ledger_are_no_running_heads():
    def page(number: int):
        def draw(canvas: Canvas) -> None:
            for n in range(52):
                at = 7 * number + n
                for x, cell in (
                    (72, f"{at % 12 + 1:02}/{at * 5 % 28 + 1:02}/2023"),
                    (170, "3A"),
                    (230, f"Inv. {at * 7919 % 9000}"),
                    (330, f"{at * 31 % 900},{at * 77 % 1000:03}.00"),
                    (430, f"{at * 13 % 100} pallets of {'abcdefghij'[at % 10]}"),
                ):
                    canvas.drawString(x, 760 - 14 * n, cell)

        return draw

    found = running_heads.mark(pages(made(*(page(number) for number in range(6)))))
    assert [marked(page) for page in found] == [{}] * 6


def test_what_ocr_read_a_little_differently_is_still_the_same_head():
    read = [replace(page, state="ocr") for page in pages(filing(4))]
    read[2] = replace(read[2], text=read[2].text.replace("HALDEN v. CORVANE", "HALDEN v, C0RVANF"))
    assert marked(running_heads.mark(read)[2])["HALDEN v, C0RVANF"] == "header running"


def test_pages_without_geometry_are_told_by_their_first_and_last_lines():
    bodies = ["Alpha\nbeta gamma\ndelta\nepsilon", "One\ntwo three\nfour\nfive", "Red\ngreen\nblue\nblack"]
    texts = [f"DEPOSITION OF A. BRANDT\n{body}\nPage {n}" for n, body in enumerate(bodies, 12)]
    found = running_heads.mark([PageRead(n, "text", text) for n, text in enumerate(texts, 1)])
    assert marked(found[1]) == {"DEPOSITION OF A. BRANDT": "header running", "Page 13": "footer running"}


def test_marks_of_the_readers_stay_and_marks_of_an_earlier_search_do_not():
    told = (
        Mark("header", 0, 5, ""),
        Mark("note", 6, 9),
        Mark("footer", 10, 12, "running"),
        Mark("stamp", 0, 5, "bates"),
    )
    (page,) = running_heads.mark([PageRead(1, "text", "DRAFT and so on", marks=told)])
    assert page.marks == told[:2]


LINES = st.lists(
    st.text(st.sampled_from("aI1 23\u0663éX-:."), max_size=12)
    | st.sampled_from(["ABC000123", "Case 1:2-cv-3 Document 4 Filed 1/1/20 Page 1 of 2", "CONFIDENTIAL"]),
    max_size=8,
)


@given(st.lists(LINES, max_size=6))
@settings(max_examples=150, deadline=None)
def test_marks_lie_inside_the_text_and_chunks_lose_nothing(documents):
    read = [PageRead(n, "text", "\n".join(lines)) for n, lines in enumerate(documents, 1)]
    found = running_heads.mark(read)
    running = {p.number: [(m.start, m.end) for m in p.marks] for p in found}
    assert all(0 <= a < b <= len(p.text) for p in found for a, b in running[p.number])
    texts = {p.number: p.text for p in found}
    spans = chunk_pages(list(texts.items()), limit=8, running=running)
    assert all(span.body == slice_body(texts, span) for span in spans)
    assert "".join("".join(s.body.split()) for s in spans) == "".join("".join(t.split()) for t in texts.values())


def test_a_running_head_is_no_heading_and_stays_in_a_chunk():
    text = "HALDEN V. CORVANE\nARTICLE 14. INDEMNIFICATION\n\nThe seller pays. The buyer does not.\nABC000123"
    running = {1: [(0, 17), (len(text) - 9, len(text))]}
    (chunk,) = chunk_pages([(1, text)], running=running)
    assert chunk.heading.startswith("ARTICLE 14")
    assert chunk.body == text
    assert chunk_pages([(1, text)])[0].heading == "HALDEN V. CORVANE"


def test_a_sentence_that_runs_past_a_footer_and_a_header_stays_whole():
    one, two = "First one. The goods were delivered to\n12", "HALDEN V. CORVANE\nthe yard in May. Next one."
    spans = chunk_pages([(1, one), (2, two)], running={1: [(39, 41)], 2: [(0, 17)]})
    whole = next(span for span in spans if "delivered" in span.body)
    assert whole.body.endswith("the yard in May.") and (whole.page_from, whole.page_to) == (1, 2)
    assert spans[-1].body == "Next one."


def test_a_document_has_its_heads_marked_and_its_production_numbers_found(
    case, put_in, work_off, fake_embedder, api, alice
):
    document = put_in(case, filing(3), name="filing.pdf")
    work_off()
    document.refresh_from_db()
    page = document.pages.get(number=2)
    assert page.label == "HCS-0000419"
    assert ["stamp", "bates"] in [[kind, value] for kind, _, _, value in page.marks]
    assert set(document.chunks.values_list("heading", flat=True)) == {""}
    assert api(alice).get("/api/v1/search/?q=HCS-0000419").json()["total"] >= 1


def test_reading_one_page_again_finds_its_heads_among_the_pages_that_stay(case, put_in, work_off, fake_embedder):
    document = put_in(case, filing(3), name="filing.pdf")
    work_off()
    before = {page.number: page.marks for page in document.pages.filter(version=1)}
    reprocess(Document.objects.filter(pk=document.pk), pages=(2,))
    work_off()
    document.refresh_from_db()
    assert document.version == 2
    assert {page.number: page.marks for page in document.pages.all()} == before
    assert any(kind == "header" for kind, _, _, _ in before[2])
