"""XML in office files, drawings and pages: entities that grow or fetch, and trees without end."""

import io
import zipfile
from collections.abc import Callable

from extraction.tests.killers.kind import TOO_MUCH, Killer, Pieces
from extraction.tests.made_files import (
    DOCX,
    ODP,
    ODS,
    ODT,
    PPTX,
    XLSX,
    A,
    P,
    S,
    W,
    office,
    paragraph,
)  # fmt: skip

SVG, HTML, XML = "image/svg+xml", "text/html", "text/xml"
Wrap = Callable[[str, str], bytes]


def laughs(levels: int, fan: int = 10) -> str:
    """A DTD whose last entity stands for fan ** levels words."""
    lines = ['<!ENTITY e0 "ha">']
    lines += [f'<!ENTITY e{n} "{f"&e{n - 1};" * fan}">' for n in range(1, levels + 1)]
    return f"<!DOCTYPE x [{''.join(lines)}<!ENTITY e '&e{levels};'>]>"


def quadratic(kilobytes: int) -> str:
    """A DTD with one long entity, to be used many times."""
    return f'<!DOCTYPE x [<!ENTITY e "{"a" * (kilobytes << 10)}">]>'


OUTSIDE = (
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY e SYSTEM "file:///etc/passwd">'
    '<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>'
)


def _docx(dtd: str, text: str) -> bytes:
    body = f'{dtd}<w:document xmlns:w="{W}"><w:body>{paragraph("words " + text)}</w:body></w:document>'
    return office("word/document.xml", body, {}, [])


def _xlsx(dtd: str, text: str) -> bytes:
    strings = f'{dtd}<sst xmlns="{S}"><si><t>words {text}</t></si></sst>'
    sheet = f'{dtd}<worksheet xmlns="{S}"><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>'
    book = f'<workbook xmlns="{S}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    book += '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
    parts = {"xl/s.xml": sheet, "xl/t.xml": strings}
    return office("xl/workbook.xml", book, parts, [("worksheet", "s.xml"), ("sharedStrings", "t.xml")])


def _pptx(dtd: str, text: str) -> bytes:
    said = f"<p:txBody><a:p><a:r><a:t>words {text}</a:t></a:r></a:p></p:txBody>"
    slide = f'{dtd}<p:sld xmlns:p="{P}" xmlns:a="{A}"><p:cSld><p:spTree><p:sp>{said}</p:sp></p:spTree></p:cSld></p:sld>'
    show = (
        f'<p:presentation xmlns:p="{P}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    )
    show += '<p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>'
    return office("ppt/presentation.xml", show, {"ppt/s.xml": slide}, [("slide", "s.xml")])


def _odf(media_type: str, kind: str) -> Wrap:
    shapes = {
        "text": "<t:p>words {}</t:p>",
        "spreadsheet": "<x:table><x:table-row><x:table-cell><t:p>words {}</t:p></x:table-cell></x:table-row></x:table>",
        "presentation": "<d:page><d:frame><d:text-box><t:p>words {}</t:p></d:text-box></d:frame></d:page>",
    }

    def wrap(dtd: str, text: str) -> bytes:
        body = shapes[kind].format(text)
        content = (
            f"{dtd}<o:document-content xmlns:o='o' xmlns:t='t' xmlns:x='x' xmlns:d='d'><o:body><o:{kind}>{body}"
            f"</o:{kind}></o:body></o:document-content>"
        )
        return open_document(media_type, content)

    return wrap


def open_document(media_type: str, content: str) -> bytes:
    """An OpenDocument file, which names its kind at its start, unpacked."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", media_type, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
    return made.getvalue()


def _svg(dtd: str, text: str) -> bytes:
    dtd = dtd.replace("<!DOCTYPE x", "<!DOCTYPE svg")
    return f"{dtd}<svg xmlns='http://www.w3.org/2000/svg'><text>words {text}</text></svg>".encode()


def _html(dtd: str, text: str) -> bytes:
    dtd = dtd.replace("<!DOCTYPE x", "<!DOCTYPE html")
    return f"{dtd}<html><body><p>words {text}</p></body></html>".encode()


def _xml(dtd: str, text: str) -> bytes:
    return f"<?xml version='1.0'?>{dtd}<x>words {text}</x>".encode()


WRAPS: dict[str, tuple[str, Wrap]] = {
    "docx": (DOCX, _docx), "xlsx": (XLSX, _xlsx), "pptx": (PPTX, _pptx), "odt": (ODT, _odf(ODT, "text")),
    "ods": (ODS, _odf(ODS, "spreadsheet")), "odp": (ODP, _odf(ODP, "presentation")), "svg": (SVG, _svg),
    "html": (HTML, _html), "xml": (XML, _xml),
}  # fmt: skip


def entity_bomb(wrap: Wrap, levels: int) -> Pieces:
    """A billion laughs."""
    yield wrap(laughs(levels), "&e;")


def quadratic_bomb(wrap: Wrap, kilobytes: int, uses: int) -> Pieces:
    """A long entity used many times."""
    yield wrap(quadratic(kilobytes), "&e;" * uses)


def outside_entity(wrap: Wrap) -> Pieces:
    """A file and two addresses that whoever reads it should fetch."""
    yield wrap(OUTSIDE, "&e;&p;")


def deep(wrap: Wrap, depth: int) -> Pieces:
    """Elements in elements."""
    yield wrap("", "<b>" * depth + "deep" + "</b>" * depth)


def attributes(wrap: Wrap, count: int) -> Pieces:
    """One element with so many attributes."""
    yield wrap("", "<b " + " ".join(f'a{n}="{n}"' for n in range(count)) + "/>")


def long_attribute(wrap: Wrap, megabytes: int) -> Pieces:
    """One attribute of so much."""
    yield wrap("", f'<b a="{"x" * (megabytes << 20)}"/>')


def long_text(wrap: Wrap, megabytes: int) -> Pieces:
    """One text of so much, with no end of line."""
    yield wrap("", "word " * (megabytes * 200_000))


def comments(wrap: Wrap, count: int) -> Pieces:
    """So many comments and instructions."""
    yield wrap("", "<!-- x --><?y z?>" * count)


def _for_each(what: str, make: Callable[..., Pieces], ends: tuple[str, ...], small: dict, full: dict) -> list[Killer]:
    return [
        Killer(f"{what}_{name}", kind, make, ends, {"wrap": wrap} | small, {"wrap": wrap} | full)
        for name, (kind, wrap) in WRAPS.items()
    ]


ENDS = ("ready", "ready: damaged_end", "ready: parts_damaged", "corrupt")
LONG = (*ENDS, *TOO_MUCH, "archive_limit")

KILLERS = [
    *_for_each("laughs", entity_bomb, ENDS, {"levels": 9}, {"levels": 40}),
    *_for_each("quadratic", quadratic_bomb, LONG, {"kilobytes": 50, "uses": 5_000}, {"kilobytes": 900, "uses": 90_000}),
    *_for_each("outside", outside_entity, ENDS, {}, {}),
    *_for_each("deep", deep, LONG, {"depth": 20_000}, {"depth": 1_000_000}),
    *_for_each("attributes", attributes, LONG, {"count": 20_000}, {"count": 1_000_000}),
    *_for_each("long_attribute", long_attribute, LONG, {"megabytes": 2}, {"megabytes": 64}),
    *_for_each("long_text", long_text, LONG, {"megabytes": 2}, {"megabytes": 64}),
    *_for_each("comments", comments, LONG, {"count": 20_000}, {"count": 2_000_000}),
]
