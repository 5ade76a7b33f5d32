"""OpenDocument text and presentations."""

import pytest

from extraction.errors import PermanentError
from extraction.tests.made_files import ODP, ODT, read, zipped

ODF = " ".join(
    f'xmlns:{name}="{name}"' for name in ("office", "text", "table", "draw", "fo", "style", "dc", "presentation")
)


def odt(
    body: str, *, styles: str = "", kind: str = ODT, tag: str = "text", parts: dict[str, str] | None = None
) -> bytes:
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{tag}>{body}</office:{tag}></office:body></office:document-content>"
    )
    return zipped({"mimetype": kind, "content.xml": content, **(parts or {})})


def test_an_open_document_text_has_lists_tables_notes_and_its_own_page_breaks():
    body = """<text:h>Lease</text:h><text:p>Rent<text:s text:c="3"/>due<text:tab/>monthly<text:note
    text:note-class="footnote"><text:note-citation>9</text:note-citation><text:note-body>
    <text:p>In advance.</text:p></text:note-body></text:note></text:p>
    <text:list><text:list-item><text:p>first</text:p></text:list-item>
    <text:list-item><text:p>second</text:p></text:list-item></text:list>
    <table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell
    table:number-columns-repeated="2"><text:p>b</text:p></table:table-cell></table:table-row></table:table>
    <text:p text:style-name="B">Next page</text:p><text:p>same<text:soft-page-break/>other</text:p>"""
    styles = '<style:style style:name="B"><style:paragraph-properties fo:break-before="page"/></style:style>'
    found = read(ODT, odt(body, styles=styles))
    assert found.pages[0].text == "Lease\nRent   due\tmonthly[1]\n• first\n• second\na\tb\tb\n[1] In advance."
    assert [p.text for p in found.pages[1:]] == ["Next page\nsame", "other"]
    assert found.rows() == [["a", "b", "b"]]
    assert found.info.meta["pagination"] == "as_saved"


def test_deletions_and_annotations_of_an_open_document_are_marked():
    body = """<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><office:change-info>
    <dc:creator>Ann</dc:creator><dc:date>2022-02-03T00:00:00</dc:date></office:change-info><text:p>old words</text:p>
    </text:deletion></text:changed-region></text:tracked-changes><text:p>new <text:change text:change-id="c1"/>words
    <office:annotation><dc:creator>Bo</dc:creator><text:p>check</text:p></office:annotation></text:p>"""
    found = read(ODT, odt(body))
    assert found.text == "new words \n[Deleted by Ann on 2022-02-03: old words]\n[Comment by Bo: check]"
    assert found.marked("hidden") == ["[Deleted by Ann on 2022-02-03: old words]"]
    assert set(found.info.warnings) == {"tracked_changes", "comments"}


def test_an_open_document_presentation_has_a_page_per_slide():
    box = "<draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    notes = f"<presentation:notes>{box.format('say hi')}</presentation:notes>"
    body = f'<draw:page draw:name="Intro">{box.format("Hello")}{notes}</draw:page>'
    found = read(
        ODP, odt(body + f'<draw:page draw:name="page2">{box.format("Bye")}</draw:page>', kind=ODP, tag="presentation")
    )
    assert [(p.label, p.text) for p in found.pages] == [
        ("Slide 1: Intro", "Hello\n[Speaker notes: say hi]"), ("Slide 2", "Bye"),
    ]  # fmt: skip


def test_an_encrypted_open_document_says_so():
    manifest = "<m><file-entry><encryption-data/></file-entry></m>"
    with pytest.raises(PermanentError) as raised:
        read(ODT, odt("", parts={"META-INF/manifest.xml": manifest}))
    assert raised.value.code == "encrypted"
