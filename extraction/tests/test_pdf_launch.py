"""A PDF that would start a program says so, and is only read."""

import io

from extraction.readers import load
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions
from extraction.tests.pdf_making import made


def pdf(*objects: bytes, catalog: bytes = b"") -> bytes:
    """One page with an annotation; `objects` from number 5 on."""
    content = b"BT /F 12 Tf 72 700 Td (Click here to see the invoice.) Tj ET"
    every = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b">>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Annots [5 0 R] /Resources "
        b"<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        *objects,
    ]
    out, places = io.BytesIO(b"%PDF-1.7\n"), []
    out.seek(0, 2)
    for number, body in enumerate(every, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(every) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(every) + 1, start))
    return out.getvalue()


LINK = b"<< /Type /Annot /Subtype /Link /Rect [70 690 300 715] /A << /S /%b >> >>"


def read(data: bytes) -> tuple[DocumentInfo, PageRead]:
    info, page, *_ = load("application/pdf")(io.BytesIO(data), ReadOptions())
    assert isinstance(info, DocumentInfo) and isinstance(page, PageRead)
    return info, page


def test_a_link_that_starts_a_program_is_told_on_its_page():
    info, page = read(pdf(LINK % b"Launch /F (calc.exe)"))
    assert "has_launch_action" in info.warnings
    assert [(m.start, m.end) for m in page.marks if m.kind == "launch"] == [(0, len(page.text))]


def test_an_action_at_opening_is_told_of_the_file():
    link = LINK % b"URI /URI (https://example.org)"
    info, page = read(pdf(link, catalog=b"/OpenAction << /S\n/Launch /F (x) >> "))
    assert "has_launch_action" in info.warnings
    assert not [m for m in page.marks if m.kind == "launch"]


def test_other_links_and_the_word_itself_are_no_reason_to_warn():
    for link in (LINK % b"URI /URI (https://example.org/Launch)", LINK % b"GoTo /D [3 0 R /Fit]"):
        info, page = read(pdf(link))
        assert "has_launch_action" not in info.warnings
        assert not [m for m in page.marks if m.kind == "launch"]


def test_the_document_warns_of_it_and_an_outsider_is_told_nothing(case, put_in, work_off, fake_embedder, api, charlie):

    document = put_in(case, pdf(LINK % b"Launch /F (x)"), name="invoice.pdf")
    work_off()
    document.refresh_from_db()
    assert "has_launch_action" in document.warnings
    assert api(charlie).get(f"/api/v1/documents/{document.pk}/").status_code == 404
    harmless = put_in(case, made(lambda canvas: canvas.drawString(72, 700, "Nothing.")), name="letter.pdf")
    work_off()
    harmless.refresh_from_db()
    assert "has_launch_action" not in harmless.warnings
