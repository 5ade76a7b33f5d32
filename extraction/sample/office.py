"""Files as Word and Excel keep them, written part by part: packages of XML, the same bytes at every run."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from extraction.sample.pages import FICTIONAL, PRODUCER

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
VENDOR = "application/vnd.openxmlformats-package"
CONTENT = "application/vnd.openxmlformats-officedocument"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# The first moment that a ZIP knows; members would otherwise carry the time of the run.
EPOCH = (1980, 1, 1, 0, 0, 0)


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """A ZIP of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def package(main: str, content_type: str, xml: str, others: Iterable[tuple[str, str, str, str]], title: str) -> bytes:
    """An Office file. `main`: its main part's name. `others`: name, kind of relation, content type and XML of each."""
    folder, _, name = main.rpartition("/")
    parts = list(others)
    types = "".join(
        f'<Override PartName="/{part}" ContentType="{CONTENT}.{kind}+xml"/>'
        for part, kind in [(main, content_type), *((f"{folder}/{n}", kind) for n, _, kind, _ in parts)]
    )
    types += (
        f'<Default Extension="rels" ContentType="{VENDOR}.relationships+xml"/>'
        f'<Override PartName="/docProps/core.xml" ContentType="{VENDOR}.core-properties+xml"/>'
    )
    about = (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:subject>{escape(FICTIONAL)}</dc:subject>"
        f"<dc:creator>{PRODUCER}</dc:creator></cp:coreProperties>"
    )
    inner = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{part}"/>'
        for n, (part, kind, _, _) in enumerate(parts, 1)
    )
    outer = (
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{main}"/>'
        f'<Relationship Id="r2" Type="{PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{outer}</Relationships>',
        "docProps/core.xml": about,
        main: xml,
        f"{folder}/_rels/{name}.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>',
        **{f"{folder}/{part}": content for part, _, _, content in parts},
    }
    return zipped({part: HEAD + content for part, content in files.items()})
