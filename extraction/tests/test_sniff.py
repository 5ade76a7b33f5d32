"""The type of a file by its content, whatever it is called."""

import io
import random
import struct

import pytest

from extraction.readers import supported
from extraction.sniff import HEAD_BYTES, name_disagrees, sniff, sniff_file
from extraction.tests.made_files import DOCX, ODS, ODT, PPTX, XLSX, docx, ole, paragraph, xlsx, zipped

OLE_KINDS = [
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("EncryptedPackage", "application/x-ooxml-protected"),
    ("SomethingElse", "application/x-ole-storage"),
]


def of(data: bytes, name: str = "") -> str:
    return sniff_file(io.BytesIO(data), data[:HEAD_BYTES], name=name)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"junk\n%PDF-1.4", "application/pdf"),
        (b"%\xe2\xe3\xcf\xd3\n1 0 obj\n<<", "application/pdf"),
        (b"{\\rtf1 x}", "application/rtf"),
        (b"\xffWPC\x10\0\0\0\x01\x0a\x02\x01\0\0", "application/vnd.wordperfect"),
        (b"\x1f\x8b\x08\0", "application/gzip"),
        (b"BZh91AY&SY\x00\x01", "application/x-bzip2"),
        (b"\xfd7zXZ\0\0", "application/x-xz"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\0", "application/vnd.rar"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x20ftypisom\0\0", "video/mp4"),
        (b"\0\0\0\x20ftypheic\0\0", "image/heic"),
        (b"ID3\x03\0\0\0", "audio/mpeg"),
        (b"MZ\x90\0\x03\0\0\0\x04", "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF\x02\x01", "application/x-executable"),
        (b"\0\x01\0\0Standard Jet DB\0", "application/x-msaccess"),
        (b"!BDN\0\0\0\0", "application/vnd.ms-outlook-pst"),
        (b"<!DOCTYPE html><p>x", "text/html"),
        (b"  <!-- a -->\n<HTML>", "text/html"),
        (b"<?xml version='1.0'?><a/>", "text/xml"),
        (b"<?xml version='1.0'?><html xmlns='x'>", "text/html"),
        (b"<svg xmlns='x'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><!-- c --><svg/>", "image/svg+xml"),
        (b'{"a": 1}', "application/json"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0", "text/calendar"),
        (b"BEGIN:VCARD\n", "text/vcard"),
        (b"From: a@x\nSubject: y\n\nbody", "message/rfc822"),
        (b"Received: from a\n by b\nMessage-ID: <1>\n\n", "message/rfc822"),
        (b"From a@x Thu Mar  4 09:05:00 2021\nFrom: a@x\n\n", "application/mbox"),
        (b"From the beginning it was clear.\nTo: be sure", "text/plain"),
        (b"Dear Ms Harlow:\nre: the tank", "text/plain"),
        ("Subject: x\r\nFrom: y\r\n\r\nz".encode("utf-16"), "message/rfc822"),
        (b"MZ is how executables begin", "text/plain"),
        (b"BM stands for bitmap", "text/plain"),
        (b"", "application/octet-stream"),
        (b"\x00\x01\x02\x03" * 50, "application/octet-stream"),
        (b"x" * 257 + b"ustar\x0000" + b"\0" * 100, "application/x-tar"),
    ],
)
def test_the_first_bytes_tell(data, kind):
    assert of(data) == kind


@pytest.mark.parametrize(("stream", "kind"), OLE_KINDS)
def test_ole_files_are_told_by_their_streams(stream, kind):
    filler = {f"Filler {n}": b"x" * 5000 for n in range(40)}
    data = ole({**filler, stream: b"y" * 5000})
    assert len(data) > HEAD_BYTES
    assert of(data) == kind


def test_office_files_are_told_apart_even_when_their_parts_come_late():
    late = {"[Content_Types].xml": "<Types/>", "docProps/thumbnail.jpeg": bytes(range(256)) * 100}
    for part, kind in (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("ppt/presentation.xml", PPTX)):
        data = zipped(late | {part: "<x/>"}, compressed=False)
        assert sniff(data[:HEAD_BYTES]) == "application/zip"
        assert of(data) == kind
    assert of(docx(paragraph("x"))) == DOCX
    assert of(xlsx({"S": ""})) == XLSX


def test_an_archive_that_holds_a_folder_called_word_is_an_archive():
    assert of(zipped({"word/letter.txt": "x", "xl/a.txt": "y"})) == "application/zip"
    assert (
        of(zipped({"notes.txt": "about word/ and xl/ and [Content_Types].xml"}, compressed=False)) == "application/zip"
    )


def test_open_documents_are_known_also_when_their_type_does_not_come_first():
    assert of(zipped({"mimetype": ODS, "content.xml": "<x/>"}, compressed=False)) == ODS
    late = {"META-INF/manifest.xml": "<x/>", "content.xml": "<x/>"}
    assert of(zipped(late | {"mimetype": ODS})) == ODS
    assert of(zipped(late)) == ODT


def test_an_empty_archive_is_an_archive():
    assert of(zipped({})) == "application/zip"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "text/csv"), ("a.TSV", "text/tab-separated-values"), ("a.md", "text/markdown"), ("a.txt", "text/plain")],
)
def test_a_name_tells_one_kind_of_plain_text_from_another(name, kind):
    assert of(b"a,b\n1,2\n", name) == kind


@pytest.mark.parametrize(
    ("kind", "name", "disagrees"),
    [
        ("application/pdf", "a.pdf", False),
        ("text/html", "a.pdf", True),
        ("application/zip", "brief.docx", True),
        (DOCX, "a.docx", False),
        ("application/pdf", "a.txt", True),
        ("text/plain", "a.txt", False),
        ("message/rfc822", "a.txt", False),
        ("application/rtf", "a.doc", False),
        ("text/plain", "a.msg", True),
        ("image/png", "A.JPG", True),
        ("text/plain", "a.unknown", False),
        ("application/pdf", "no ending", False),
        ("application/x-ooxml-protected", "a.xlsx", False),
    ],
)
def test_a_name_that_promises_something_else_is_noted(kind, name, disagrees):
    assert name_disagrees(kind, name) is disagrees


@pytest.mark.parametrize("damage", [0, 30, 44, 48, 76, 512])
def test_a_hostile_directory_neither_loops_nor_fails(damage):
    data = bytearray(ole({"WordDocument": b"x" * 5000}))
    struct.pack_into("<I", data, damage, 3 if damage else 0xE011CFD0)
    assert of(bytes(data))
    circle = bytearray(ole({"Other": b"x" * 5000}))
    table = len(circle) - 512
    struct.pack_into("<128I", circle, table, *range(1, 128), 0)
    assert of(bytes(circle)) == "application/x-ole-storage"


@pytest.mark.parametrize("cut", [4, 10, 22, 30, 60, 100])
def test_a_zip_cut_off_anywhere_has_a_type(cut):
    data = zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"})
    assert of(data[:cut]).startswith("application/")
    assert of(data[:-cut]).startswith("application/")


def test_what_is_unreadable_has_no_reader():
    for kind in (
        "audio/mpeg",
        "video/mp4",
        "application/x-msaccess",
        "application/vnd.rar",
        "application/x-executable",
    ):
        assert not supported(kind)


RUSSIAN = "Настоящим сообщаем, что товар был отгружен пятнадцатого марта и принят складом без замечаний. "
JAPANESE = "乙は商品を受領した日から三十日以内に代金を支払うものとする。本契約に定めのない事項は協議する。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"), (JAPANESE, "gb18030")],
)
def test_text_in_a_legacy_encoding_of_another_script_is_text_whatever_its_name(text, encoding):
    assert sniff((text * 4).encode(encoding)) == "text/plain"


def test_a_short_one_is_believed_if_its_name_says_text():
    short = "さしすせそ\r\n".encode("shift_jis")
    assert sniff(short, name="memo.txt") == "text/plain"
    assert sniff(short, name="memo.dat") == "application/octet-stream"


@pytest.mark.parametrize("name", ["noise.bin", "noise.txt"])
def test_noise_is_no_text(name):
    noise = random.Random(7).randbytes(4096)
    assert not sniff(noise, name=name).startswith("text/")
