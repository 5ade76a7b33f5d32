"""DOCX: what a person sees, in its order, and what only the file holds, marked."""

import io
import random

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from extraction.errors import PermanentError
from extraction.tests.made_files import DOCX, W, docx, ole, paragraph, read, read_confined, relations, zipped

NUMBERING = f"""<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="(%3)"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="0"/>
<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>
</w:numbering>"""


def numbered(text: str, depth: int, list_id: int = 1) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>')


def test_paragraphs_tabs_and_line_breaks_come_in_order():
    body = paragraph("First.") + "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>"
    assert read(DOCX, docx(body)).text == "First.\na\tb\nc"


def test_clause_numbers_are_computed_as_word_does():
    body = "".join(
        numbered(text, depth)
        for text, depth in [("Term", 0), ("Start", 1), ("End", 1), ("Early", 2), ("Late", 2), ("Price", 0), ("Net", 1)]
    )
    found = read(DOCX, docx(body, {"word/numbering.xml": NUMBERING}, [("numbering", "numbering.xml")]))
    assert found.text.splitlines() == [
        "1. Term", "1.a Start", "1.b End", "(I) Early", "(II) Late", "2. Price", "2.a Net",
    ]  # fmt: skip


def test_a_list_that_overrides_its_start_begins_there_once():
    body = numbered("one", 0) + numbered("seven", 0, 2) + numbered("eight", 0, 2)
    found = read(DOCX, docx(body, {"word/numbering.xml": NUMBERING}, [("numbering", "numbering.xml")]))
    assert found.text.splitlines() == ["1. one", "7. seven", "8. eight"]


def test_a_style_numbers_its_paragraphs_and_those_of_styles_based_on_it():
    styles = f"""<w:styles xmlns:w="{W}">
    <w:style w:styleId="Base"><w:name w:val="heading 1"/>
    <w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
    <w:style w:styleId="Clause"><w:name w:val="Clause"/><w:basedOn w:val="Base"/></w:style>
    <w:style w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style></w:styles>"""
    body = "".join(paragraph(t, f'<w:pStyle w:val="{s}"/>') for t, s in [("A", "Base"), ("B", "Clause"), ("C", "Loop")])
    parts = {"word/numbering.xml": NUMBERING, "word/styles.xml": styles}
    found = read(DOCX, docx(body, parts, [("numbering", "numbering.xml"), ("styles", "styles.xml")]))
    assert found.text.splitlines() == ["1. A", "2. B", "C"]


def test_pages_end_where_word_ended_them_when_it_last_saved():
    last = "<w:p><w:r><w:lastRenderedPageBreak/><w:t>second page</w:t></w:r></w:p>"
    long = "".join(paragraph("word " * 100) for _ in range(12))
    found = read(
        DOCX, docx(long + last + '<w:p><w:r><w:br w:type="page"/></w:r></w:p>' + last.replace("second", "third"))
    )
    assert [p.text.strip()[:11] for p in found.pages] == ["word word w", "second page", "third page"]
    assert found.info.meta["pagination"] == "as_saved"
    assert len(found.pages[0].text) == 12 * 501 - 1


def test_a_long_document_without_such_breaks_is_cut_at_lines_and_before_headings():
    styles = f'<w:styles xmlns:w="{W}"><w:style w:styleId="H"><w:name w:val="heading 2"/></w:style></w:styles>'
    body = "".join(paragraph("word " * 100) for _ in range(5)) + paragraph("Liability", '<w:pStyle w:val="H"/>')
    found = read(DOCX, docx(body, {"word/styles.xml": styles}, [("styles", "styles.xml")]))
    assert [p.text[:4] for p in found.pages] == ["word", "Liab"]
    assert found.info.meta["pagination"] == "estimated"


def test_a_table_is_rows_of_cells_with_merged_ones_left_empty():
    def cell(text, properties=""):
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    rows = [
        cell("Item", '<w:vMerge w:val="restart"/>') + cell("Price"),
        cell("hidden by the merge", "<w:vMerge/>") + cell("10"),
        cell("Total", '<w:gridSpan w:val="2"/>'),
    ]
    body = "<w:tbl>" + "".join(f"<w:tr>{r}</w:tr>" for r in rows) + "</w:tbl>" + paragraph("after")
    found = read(DOCX, docx(body))
    assert found.text == "Item\tPrice\n\t10\nTotal\nafter"
    assert found.rows() == [["Item", "Price"], ["", "10"], ["Total"]]


def test_tracked_changes_are_shown_as_accepted_and_deletions_kept_apart_as_hidden():
    body = """<w:p><w:r><w:t xml:space="preserve">The fee is </w:t></w:r>
    <w:del w:author="B. Vance" w:date="2021-03-04T10:00:00Z"><w:r><w:delText>100</w:delText></w:r></w:del>
    <w:ins w:author="B. Vance"><w:r><w:t>200</w:t></w:r></w:ins>
    <w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom></w:p>""".replace("\n    ", "")
    found = read(DOCX, docx(body))
    assert found.text == "The fee is 200\n[Deleted by B. Vance on 2021-03-04: 100]"
    mark = found.pages[0].marks[0]
    assert (mark.kind, mark.value) == ("hidden", "deleted")
    assert "tracked_changes" in found.info.warnings


def test_hidden_text_is_found_but_marked():
    body = "<w:p><w:r><w:t>shown</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>not shown</w:t></w:r></w:p>"
    body += '<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown too</w:t></w:r></w:p>'
    found = read(DOCX, docx(body))
    assert found.text.startswith("shown\nshown too")
    assert found.marked("hidden") == ["[Hidden text: not shown]"]


def test_footnotes_stand_at_the_foot_of_their_page_and_comments_too():
    references = '<w:footnoteReference w:id="2"/><w:commentReference w:id="0"/>'
    body = f"<w:p><w:r><w:t>Text</w:t></w:r><w:r>{references}</w:r></w:p>"
    body += paragraph("More.")
    parts = {
        "word/footnotes.xml": f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator" w:id="0">{paragraph("---")}'
        f'</w:footnote><w:footnote w:id="2">{paragraph("See Exhibit 4.")}</w:footnote></w:footnotes>',
        "word/comments.xml": f'<w:comments xmlns:w="{W}"><w:comment w:id="0" w:author="Dee" w:date="2020-01-02T03:04Z">'
        f"{paragraph('Is this right?')}</w:comment></w:comments>",
    }
    found = read(DOCX, docx(body, parts, [("footnotes", "footnotes.xml"), ("comments", "comments.xml")]))
    assert found.text == "Text[1]\nMore.\n[1] See Exhibit 4.\n[Comment by Dee on 2020-01-02: Is this right?]"
    assert found.marked("note") == ["[1] See Exhibit 4."]
    assert found.marked("comment") == ["[Comment by Dee on 2020-01-02: Is this right?]"]


def test_headers_and_footers_are_read_once_and_marked():
    def part(tag, text):
        return f'<w:{tag} xmlns:w="{W}">{paragraph(text)}</w:{tag}>'

    parts = {
        "word/h1.xml": part("hdr", "DRAFT"),
        "word/h2.xml": part("hdr", "DRAFT"),
        "word/f.xml": part("ftr", "Page 1"),
    }
    found = read(
        DOCX, docx(paragraph("Body"), parts, [("header", "h1.xml"), ("header", "h2.xml"), ("footer", "f.xml")])
    )
    assert found.text == "DRAFT\nBody\nPage 1"
    assert found.marked("header") == ["DRAFT"]
    assert found.marked("footer") == ["Page 1"]


def test_a_text_box_is_read_once_though_word_writes_it_twice():
    box = f"<w:txbxContent>{paragraph('Boxed')}</w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    body = f"<w:p><w:r><mc:AlternateContent {mc}>{both}</mc:AlternateContent></w:r></w:p>"
    assert read(DOCX, docx(body)).text.strip() == "Boxed"


def test_embedded_files_are_members_and_small_pictures_are_not():
    package = b"\0" * 6 + b"invoice.txt\0C:\\invoice.txt\0" + b"\0\0\3\0" + (4).to_bytes(4, "little") + b"tmp\0"
    package += (5).to_bytes(4, "little") + b"hello"
    parts = {
        "word/embeddings/sheet.xlsx": b"PK-something",
        "word/embeddings/oleObject1.bin": ole({"\x01Ole10Native": package}),
        "word/embeddings/oleObject2.bin": b"no OLE at all",
        "word/media/logo.png": b"\x89PNG small",
    }
    found = read(DOCX, docx(paragraph("x"), parts))
    assert found.members == {"sheet.xlsx": b"PK-something", "invoice.txt": b"hello"}


def test_a_reference_to_a_template_elsewhere_is_warned_of():
    found = read(DOCX, docx(paragraph("x"), {}, [("attachedTemplate", "https://evil.example/t.dotm")]))
    assert "outside_links" in found.info.warnings


def test_properties_become_facts():
    core = """<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:title>Master Agreement</dc:title>
    <dc:creator>Nina Harlow</dc:creator><cp:revision>7</cp:revision></cp:coreProperties>"""
    parts = {
        "docProps/core.xml": core,
        "_rels/.rels": relations(("officeDocument", "word/document.xml"), ("core-properties", "docProps/core.xml")),
    }
    meta = read(DOCX, docx(paragraph("x"), parts)).info.meta
    assert (meta["title"], meta["author"], meta["revision"]) == ("Master Agreement", "Nina Harlow", "7")


def test_a_document_damaged_in_the_middle_keeps_its_beginning():
    found = read(DOCX, docx(paragraph("kept") + "<w:p><w:r <<<" + paragraph("lost")))
    assert found.text == "kept"
    assert "damaged_end" in found.info.warnings


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), zipped({"a": "b"}), docx("")[:-30]])
def test_what_is_no_word_document_is_corrupt(data):
    with pytest.raises(PermanentError) as raised:
        read(DOCX, data)
    assert raised.value.code == "corrupt"


def test_an_encrypted_document_asks_for_its_password_and_opens_with_it():
    made = io.BytesIO()
    plain = docx(paragraph("The secret terms."), {"word/filler.bin": random.Random(1).randbytes(9000)})
    OOXMLFile(io.BytesIO(plain)).encrypt("hunter2", made)
    for password in (None, "wrong"):
        with pytest.raises(PermanentError) as raised:
            read("application/x-ooxml-protected", made.getvalue(), password=password)
        assert raised.value.code == "encrypted"
    assert read("application/x-ooxml-protected", made.getvalue(), password="hunter2").text == "The secret terms."


# Hostile

BOMB = (
    "<!DOCTYPE w [<!ENTITY a '"
    + "x" * 1000
    + "'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 20}'>" for a, b in zip("abcdefg", "bcdefgh", strict=True))
    + "]>"
)


def test_entities_are_neither_expanded_nor_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    for doctype, entity in [(BOMB, "h"), (f'<!DOCTYPE w [<!ENTITY x SYSTEM "{secret.as_uri()}">]>', "x")]:
        content = (
            f'{doctype}<w:document xmlns:w="{W}"><w:body>{paragraph(f"before &{entity}; after")}</w:body></w:document>'
        )
        parts = {"[Content_Types].xml": "<Types/>", "word/document.xml": content}
        parts["_rels/.rels"] = (
            '<Relationships><Relationship Type="x/officeDocument" Target="word/document.xml"/></Relationships>'
        )
        try:
            text = read(DOCX, zipped(parts)).text
        except PermanentError as error:
            assert error.code == "corrupt"
        else:
            assert "TOP SECRET" not in text
            assert len(text) < 100


@pytest.mark.parametrize(
    ("content", "ends"),
    [
        # White space without end in the document's XML.
        (
            b"<w:document xmlns:w='" + W.encode() + b"'><w:body>" + b" " * (150 << 20),
            {"archive_limit", "corrupt", "read"},
        ),
        (b"<w:document xmlns:w='" + W.encode() + b"'><w:body>" + b"<w:p>" * 1_000_000, {"corrupt"}),
        (
            b"<w:document xmlns:w='" + W.encode() + b"'><w:body>" + b"<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 120_000,
            {"read"},
        ),
    ],
    ids=["blank", "deep", "wide"],
)
def test_a_document_that_unpacks_to_far_more_ends_in_little_memory(tmp_path, content, ends):
    rels = '<Relationships><Relationship Type="x/officeDocument" Target="word/document.xml"/></Relationships>'
    path = tmp_path / "bomb.docx"
    path.write_bytes(zipped({"[Content_Types].xml": "<Types/>", "_rels/.rels": rels, "word/document.xml": content}))
    assert read_confined(DOCX, path, memory_mb=512) in ends


def test_a_document_within_a_document_is_a_member():
    inner = docx(paragraph("inner"))
    outer = read(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        docx("", {"word/embeddings/i.docx": inner}),
    )
    assert outer.members == {"i.docx": inner}
