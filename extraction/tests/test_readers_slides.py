"""Presentations: a page per slide, with what is said beside it."""

import struct

from extraction.tests.made_files import PPTX, A, P, R, office, ole, read, relations


def shape(text: str, kind: str = "") -> str:
    placeholder = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>' if kind else ""
    return f"<p:sp>{placeholder}<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"


def slide(shapes: str, attributes: str = "") -> str:
    return f'<p:sld xmlns:p="{P}" xmlns:a="{A}" {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>'


def pptx(slides: list[str], parts: dict[str, str] | None = None) -> bytes:
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in range(1, len(slides) + 1))
    content = f'<p:presentation xmlns:p="{P}" xmlns:r="{R}"><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>'
    made = {f"ppt/slides/s{n}.xml": text for n, text in enumerate(slides, 1)} | (parts or {})
    return office(
        "ppt/presentation.xml", content, made, [("slide", f"slides/s{n}.xml") for n in range(1, len(slides) + 1)]
    )


def test_each_slide_is_a_page_with_its_title_first_its_table_and_its_notes():
    cells = "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{t}</a:t></a:r></a:p></a:txBody></a:tc>" for t in ("Q1", "40%"))
    table = f"<p:graphicFrame><a:tbl><a:tr>{cells}</a:tr></a:tbl></p:graphicFrame>"
    first = slide(shape("Point one") + table + shape("Results", "title") + shape("3", "sldNum"))
    notes = slide(shape("Mention the audit", "body")).replace("p:sld", "p:notes")
    parts = {"ppt/slides/_rels/s1.xml.rels": relations(("notesSlide", "../notes.xml")), "ppt/notes.xml": notes}
    found = read(PPTX, pptx([first, slide(shape("Hidden one"), 'show="0"')], parts))
    assert found.pages[0].text == "Results\nPoint one\nQ1\t40%\n[Speaker notes: Mention the audit]"
    assert [p.label for p in found.pages] == ["Slide 1: Results", "Slide 2 (hidden)"]
    assert found.rows() == [["Q1", "40%"]]
    assert found.marked("note") == ["[Speaker notes: Mention the audit]"]
    assert "hidden_slides" in found.info.warnings


def test_a_damaged_slide_is_a_blank_page_and_the_others_keep_their_numbers():
    found = read(PPTX, pptx([slide(shape("one")), "<p:sld", slide(shape("three"))]))
    assert [(p.number, p.text) for p in found.pages] == [(1, "one"), (2, ""), (3, "three")]
    assert "parts_damaged" in found.info.warnings


def record(kind: int, content: bytes, *, container: bool = False, instance: int = 0) -> bytes:
    return struct.pack("<HHI", (instance << 4) | (0xF if container else 0), kind, len(content)) + content


def test_a_presentation_of_powerpoint_97_is_read_by_its_newest_save():
    old = record(1006, record(4008, b"superseded"), container=True)
    drawn = record(
        0xF00D, record(3999, struct.pack("<I", 4)) + record(4000, "Drawn – text".encode("utf-16-le")), container=True
    )
    new = record(1006, drawn, container=True)
    listed = (
        record(1011, struct.pack("<IIIII", 2, 0, 0, 256, 0))
        + record(3999, struct.pack("<I", 0))
        + record(4008, b"The title")
    )
    document = record(1000, record(4080, listed, container=True), container=True)
    data = old
    places = {}
    for number, part in ((1, document), (2, new)):
        places[number] = len(data)
        data += part
    directory_at = len(data)
    data += record(6002, struct.pack("<III", 1 | (2 << 20), places[1], places[2]))
    edit_at = len(data)
    data += record(4085, struct.pack("<IIIII", 0, 0, 0, directory_at, 1) + bytes(8))
    user = struct.pack("<HHIII I", 0, 4086, 20, 20, 0xE391C05F, edit_at)
    found = read("application/vnd.ms-powerpoint", ole({"Current User": user, "PowerPoint Document": data}))
    assert [p.text for p in found.pages] == ["The title\nDrawn – text"]
    assert found.pages[0].label == "Slide 1: The title"
