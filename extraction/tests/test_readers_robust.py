"""Whatever comes in, reading ends with pages or an error of the table: random bytes, samples cut and changed."""

import gzip
import io
import random
import struct
import subprocess
import sys
import tarfile
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from extraction.errors import ExtractionError
from extraction.readers import READERS
from extraction.readers.base import DocumentInfo
from extraction.tests.made_files import (
    DOCX,
    ODS,
    ODT,
    PPTX,
    ROOT,
    XLSX,
    W,
    docx,
    office,
    ole,
    paragraph,
    read,
    xlsx,
    zipped,
)  # fmt: skip
from extraction.tests.test_readers_archives import SEVEN, seven
from extraction.tests.test_readers_mail import outlook
from extraction.tests.test_readers_older_word import doc, group, wpd
from extraction.tests.test_readers_sheets import label, xls
from extraction.tests.test_readers_slides import pptx, shape, slide

# Their libraries make room for whatever a file claims: only where memory is bounded may they see damaged ones.
GREEDY = {SEVEN, "application/vnd.ms-excel", "application/vnd.ms-excel.sheet.binary.macroenabled.12"}
OTHERS = sorted(kind for kind in READERS if kind != "application/pdf")


def ends(media_type: str, data: bytes) -> str:
    """How reading ends; anything but an ExtractionError is a failure."""
    try:
        found = read(media_type, data, max_pages=200)
    except ExtractionError as error:
        assert error.kind
        return error.code
    assert isinstance(found.info, DocumentInfo)
    assert len(found.pages) <= found.info.page_count
    return "read"


def mail() -> bytes:
    made = EmailMessage()
    made["From"], made["Subject"] = "Zoë <z@x.example>", "Tank 4"
    made.set_content("text")
    made.add_alternative("<p>rich</p><table><tr><td>a<td>b</table>", subtype="html")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    return made.as_bytes()


def picture(form: str) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((40, 30), 50).save(made, form)
    return made.getvalue()


def tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name in ("a.txt", "b.txt"):
            info = tarfile.TarInfo(name)
            info.size = 700
            archive.addfile(info, io.BytesIO(b"x" * 700))
    return made.getvalue()


def samples() -> dict[str, bytes]:
    body = paragraph("one") + f"<w:tbl><w:tr><w:tc>{paragraph('cell')}</w:tc></w:tr></w:tbl>" + paragraph("two")
    comments = f'<w:comments xmlns:w="{W}"><w:comment w:id="0">{paragraph("c")}</w:comment></w:comments>'
    cell = "<table:table-cell><text:p>b</text:p></table:table-cell>"
    table = f"<table:table><table:table-row>{cell}</table:table-row></table:table>"
    body_of = "<o:c xmlns:o='o' xmlns:text='t' xmlns:table='x'><o:body><o:{0}>{1}</o:{0}></o:body></o:c>"
    user = struct.pack("<HHIIII", 0, 4086, 20, 20, 0xE391C05F, 0)
    note = b"\xf0\x06\x04\xf0" + group(0xD7, 0, packet=1)
    return {
        DOCX: docx(body, {"word/comments.xml": comments}, [("comments", "comments.xml")]),
        XLSX: xlsx({"S": '<row><c r="A1" t="s"><v>0</v></c><c><v>1.5</v></c></row>'}, strings="<si><t>x</t></si>"),
        PPTX: pptx([slide(shape("Title", "title") + shape("body"))]),
        ODT: zipped({"mimetype": ODT, "content.xml": body_of.format("text", "<text:p>a</text:p>" + table)}),
        ODS: zipped({"mimetype": ODS, "content.xml": body_of.format("spreadsheet", table)}),
        "application/rtf": rb"{\rtf1\ansi{\fonttbl{\f0 A;}}{\info{\title T}}a\'e9\u8364?\par\trowd\cell b\cell"
        rb"\row{\footnote n}\page}",
        "application/msword": doc("Dear\rName\x07Age\x07\x07x\x13 F \x14y\x15\x0cend\r"),
        "application/vnd.wordperfect": wpd(b"IN\x80THE\xcc" + group(0xD0, 9) + group(0xE0, 0) + note),
        "application/vnd.ms-excel": xls(label(0, 0, "A") + label(1, 1, "B")),
        "application/vnd.ms-outlook": ole(outlook()),
        "application/vnd.ms-powerpoint": ole(
            {"Current User": user, "PowerPoint Document": b"\x0f\0\xe8\x03\x10\0\0\0" * 20}
        ),
        "message/rfc822": mail(),
        "application/mbox": b"From a@x Thu Mar  4 09:05:00 2021\n" + mail() + b"\n\nFrom b\nx: y\n\nz",
        "application/zip": zipped({"a/b.txt": "hello", "c.txt": "x" * 5000}),
        "application/x-tar": tar(),
        "application/gzip": gzip.compress(tar(), mtime=0),
        SEVEN: seven({"a.txt": b"hello", "b.txt": b"x" * 3000}),
        "text/html": b"<html><title>T</title><body><ul><li>a<li>b</ul><table><tr><td>1<td>2</table><pre>x\ny</pre>",
        "text/csv": b'a,b\n"1,2",3\n',
        "text/calendar": b"BEGIN:VCALENDAR\nSUMMARY;ENCODING=QUOTED-PRINTABLE:a=\n=C3=BC\nEND:VCALENDAR",
        "image/svg+xml": b"<svg xmlns='x'><text><tspan>a</tspan><tspan>b</tspan></text></svg>",
        "text/plain": "Müller\fpage two\n".encode(),
        "image/png": picture("PNG"), "image/jpeg": picture("JPEG"), "image/tiff": picture("TIFF"),
        "image/gif": picture("GIF"), "image/webp": picture("WEBP"), "image/bmp": picture("BMP"),
        "application/x-ooxml-protected": ole(
            {"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"\x04\0\x04\0\x40\0\0\0<encryption/>"}
        ),
        "application/vnd.ms-excel.sheet.binary.macroenabled.12": office("xl/workbook.bin", "x", {}, []),
    }  # fmt: skip


SAMPLES = samples()


def test_every_reader_has_a_sample_or_shares_one():
    modules = {READERS[kind] for kind in SAMPLES}
    assert {READERS[kind] for kind in OTHERS} <= modules


@pytest.mark.parametrize("media_type", OTHERS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=3000))
def test_bytes_at_random_are_read_or_refused(media_type, data):
    ends(media_type, data)


def survive(media_type: str) -> None:
    """Read a sample that was cut and changed in sixty ways."""
    data, chance = SAMPLES[media_type], random.Random(media_type)
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 8, 40])):
            changed[chance.randrange(len(changed))] = chance.choice([0, 0xFF, chance.randrange(256)])
        if chance.random() < 0.3:
            del changed[chance.randrange(len(changed)) :]
        if chance.random() < 0.2:
            at = chance.randrange(len(changed) + 1)
            changed[at:at] = chance.randbytes(chance.randrange(200))
        ends(media_type, bytes(changed))


@pytest.mark.parametrize("media_type", sorted(set(SAMPLES) - GREEDY))
def test_a_sample_cut_off_or_changed_anywhere_is_read_or_refused(media_type):
    survive(media_type)


@pytest.mark.parametrize("media_type", sorted(GREEDY))
def test_such_a_sample_is_refused_in_the_memory_a_reader_has(media_type):
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from extraction.tests.test_readers_robust import survive\n"
        "survive(sys.argv[1])\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(
        [sys.executable, "-c", script, media_type],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]


@pytest.mark.parametrize("media_type", [DOCX, XLSX, PPTX, ODT, ODS])
def test_a_part_of_an_office_file_changed_anywhere_is_read_or_refused(media_type):
    """Inside the ZIP, where a changed byte is not found out by a checksum."""
    chance = random.Random(media_type)
    source = zipfile.ZipFile(io.BytesIO(SAMPLES[media_type]))
    parts = {name: source.read(name) for name in source.namelist()}
    for _ in range(60):
        name = chance.choice(sorted(parts))
        changed = bytearray(parts[name])
        for _ in range(chance.choice([1, 2, 5])):
            changed[chance.randrange(len(changed))] = chance.choice(b"<>&\"'/ \x00\xff019aZ")
        ends(media_type, zipped(parts | {name: bytes(changed)}))


@pytest.mark.parametrize("media_type", sorted(SAMPLES))
def test_a_sample_is_read(media_type):
    refused = {
        "application/vnd.ms-powerpoint",
        "application/x-ooxml-protected",
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    }
    assert (ends(media_type, SAMPLES[media_type]) == "read") is (media_type not in refused)
