"""What is said beside the cells of a workbook and the shapes of a slide: comments, text boxes, diagrams."""

import pytest

from extraction.tests.made_files import PPTX, XLSX, A, P, R, S, office, read, relations
from extraction.tests.test_readers_slides import pptx, shape, slide

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
SHEET = f'<worksheet xmlns="{S}"><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>'
WORKBOOK = f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>'


def workbook(related: list[tuple[str, str]], parts: dict[str, str]) -> bytes:
    """A workbook of one sheet that relates to others."""
    made = {"xl/worksheets/s1.xml": SHEET, "xl/worksheets/_rels/s1.xml.rels": relations(*related), **parts}
    return office("xl/workbook.xml", WORKBOOK, made, [("worksheet", "worksheets/s1.xml")])


def comments(*said: tuple[str, int, str]) -> str:
    listed = "".join(
        f'<comment ref="{where}" authorId="{who}"><text><r><t>{text}</t></r></text></comment>'
        for where, who, text in said
    )
    authors = "<authors><author>A. Brandt</author></authors>"
    return f'<comments xmlns="{S}">{authors}<commentList>{listed}</commentList></comments>'


def test_comments_on_cells_say_who_where_and_what():
    said = comments(("B7", 0, "Ask  about this"), ("C9", 4, "Nobody knows who"), ("D1", 0, " "))
    found = read(XLSX, workbook([("comments", "../comments1.xml")], {"xl/comments1.xml": said}))
    assert found.marked("comment") == [
        "[Comment by A. Brandt on B7: Ask about this]",
        "[Comment on C9: Nobody knows who]",
    ]
    assert "comments" in found.info.warnings


def test_text_boxes_and_charts_over_a_sheet_are_text():
    box = "<xdr:sp><xdr:txBody><a:p><a:r><a:t>Draft, not for filing</a:t></a:r></a:p><a:p/></xdr:txBody></xdr:sp>"
    drawing = f'<xdr:wsDr xmlns:xdr="{DRAWING}" xmlns:a="{A}">{box}</xdr:wsDr>'
    chart = f"""<c:chartSpace xmlns:c="{CHART}" xmlns:a="{A}"><c:chart><c:title><c:tx><c:rich><a:p><a:r>
    <a:t>Damages by year</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart><c:ser>
    <c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>Claimed</c:v></c:pt></c:strCache></c:strRef></c:tx>
    <c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>2021</c:v></c:pt></c:strCache></c:strRef></c:cat>
    <c:val><c:numRef><c:numCache><c:pt idx="0"><c:v>7</c:v></c:pt></c:numCache></c:numRef></c:val>
    </c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"""
    parts = {
        "xl/drawings/d1.xml": drawing,
        "xl/drawings/_rels/d1.xml.rels": relations(("chart", "../charts/c1.xml")),
        "xl/charts/c1.xml": chart,
    }
    found = read(XLSX, workbook([("drawing", "../drawings/d1.xml")], parts))
    assert "Draft, not for filing" in found.text
    assert "Damages by year" in found.text
    assert "Claimed" in found.text and "2021" in found.text


@pytest.mark.parametrize("kind", ["comments", "drawing"])
@pytest.mark.parametrize("content", ["<broken", None])
def test_remarks_that_are_damaged_or_missing_cost_no_cell(kind, content):
    parts = {} if content is None else {"xl/x.xml": content}
    assert read(XLSX, workbook([(kind, "../x.xml")], parts)).text.strip() == "1"


def authors(tag: str) -> str:
    return f'<p:{tag}Lst xmlns:p="{P}"><p:{tag} id="0" name="C. Diaz"/></p:{tag}Lst>'


def deck(comment: str, author: str = "cmAuthor", kind: str = "commentAuthors") -> bytes:
    parts = {
        "ppt/slides/s1.xml": slide(shape("Point one")),
        "ppt/slides/_rels/s1.xml.rels": relations(("comments", "../comments/c1.xml")),
        "ppt/comments/c1.xml": comment,
        "ppt/authors.xml": authors(author),
    }
    listed = '<p:sldId id="256" r:id="r1"/>'
    content = f'<p:presentation xmlns:p="{P}" xmlns:r="{R}"><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>'
    return office("ppt/presentation.xml", content, parts, [("slide", "slides/s1.xml"), (kind, "authors.xml")])


def test_comments_on_slides_say_who_when_and_what():
    said = (
        f'<p:cmLst xmlns:p="{P}"><p:cm authorId="0" dt="2021-03-04T10:00:00"><p:text>Too bold</p:text></p:cm></p:cmLst>'
    )
    found = read(PPTX, deck(said))
    assert found.marked("comment") == ["[Comment by C. Diaz on 2021-03-04: Too bold]"]
    unknown = said.replace('authorId="0"', 'authorId="9"').replace('dt="2021-03-04T10:00:00"', "")
    assert read(PPTX, deck(unknown)).marked("comment") == ["[Comment: Too bold]"]


@pytest.mark.parametrize("comment", ["<broken", f'<p:cmLst xmlns:p="{P}"><p:cm><p:text> </p:text></p:cm></p:cmLst>'])
def test_damaged_or_empty_comments_cost_no_slide(comment):
    found = read(PPTX, deck(comment))
    assert (found.text, found.marked("comment")) == ("Point one", [])


def test_the_texts_of_a_diagram_are_those_of_its_points():
    dgm = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r><a:br/></a:p></dgm:t></dgm:pt>"
        for text in ("Seller", "Buyer", "")
    )
    data = f'<dgm:dataModel xmlns:dgm="{dgm}" xmlns:a="{A}"><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>'
    rels = relations(("diagramData", "../diagrams/data1.xml"))
    for content, expected in ((data, ["Roles", "Seller", "Buyer"]), ("<broken", ["Roles"])):
        parts = {"ppt/slides/_rels/s1.xml.rels": rels, "ppt/diagrams/data1.xml": content}
        assert read(PPTX, pptx([slide(shape("Roles"))], parts)).text.splitlines() == expected
