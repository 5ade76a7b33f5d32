"""What a file is, by its content. A name only tells one kind of plain text from another."""

import codecs
import re
from pathlib import PurePath
from typing import BinaryIO

import puremagic

from extraction.sniff_containers import ODF_KINDS, OLE, ZIP, ZIP_PARTS, odf_kind, ole_kind, zip_kind

HEAD_BYTES = 16 << 10
FOREIGN_BYTES = 200
OCTETS = "application/octet-stream"
TAR, MAIL, SVG = "application/x-tar", "message/rfc822", "image/svg+xml"
# First bytes → type, where puremagic is vague or a lie must not pass.
SIGNATURES = [
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"{\\rtf", "application/rtf"),
    (b"\xffWPC", "application/vnd.wordperfect"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"\x00\x01\x00\x00Standard ", "application/x-msaccess"),
    (b"\x00\x00\x01\x00", "image/vnd.microsoft.icon"),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (b"%!PS", "application/postscript"),
    (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
]
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
# "ftyp" brands of the MP4 family that are pictures or sound.
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif"}
_BRANDS |= {b"M4A ": "audio/mp4", b"qt  ": "video/quicktime"}
TEXT_BY_NAME = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".tab": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/json",
    ".htm": "text/html",
    ".html": "text/html",
    ".xml": "text/xml",
}
# A PDF that has lost its first line still begins with a comment of high bytes and an object.
_HEADLESS_PDF = re.compile(rb"%[\x80-\xff]{3,8}\s{0,2}\d{1,6} \d{1,3} obj\b")
_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,1500}?-->\s*)*"
    rb"<(?:!doctype html|html|head|body|title|meta|div|p|table)\b",
    re.I | re.S,
)
_XML = re.compile(rb"^\s*<\?xml")
_SVG = re.compile(
    rb"^\s*(?:<\?xml[^>]{0,300}>\s*)?(?:<!--.{0,1500}?-->\s*)*(?:<!DOCTYPE svg[^>]{0,500}>\s*)?<(?:svg:)?svg[\s/>]",
    re.I | re.S,
)
_JSON = re.compile(rb'^\s*(?:\{\s*(?:"[^"\n]{0,200}"\s*:|\})|\[\s*(?:[\[{"\d-]|true|false|null|\]))')
_CARDS = [(b"BEGIN:VCALENDAR", "text/calendar"), (b"BEGIN:VCARD", "text/vcard")]
_MBOX = re.compile(rb"From \S.{0,200}\d{4}.{0,20}\r?\n(?:>?From .{0,200}\r?\n)?[!-9;-~]+:", re.S)
_HEADER = re.compile(
    rb"^(received|return-path|message-id|mime-version|delivered-to|from|subject|date|to|cc|content-type|x-[\w-]+):",
    re.I | re.M,
)
_FOLDED_HEADERS = re.compile(rb"\A(?:[!-9;-~]{1,80}:[^\n]{0,4000}\r?\n(?:[ \t][^\n]{0,4000}\r?\n){0,500}){2,}")
# What a name's ending promises; an ending that is not here promises nothing.
PROMISES = {
    ".pdf": {"application/pdf"},
    ".docx": {ZIP_PARTS[1][1], "application/x-ooxml-protected"},
    ".xlsx": {ZIP_PARTS[2][1], "application/x-ooxml-protected"},
    ".pptx": {ZIP_PARTS[3][1], "application/x-ooxml-protected"},
    ".doc": {"application/msword", "application/rtf", "text/html", ZIP_PARTS[1][1], "text/xml", "message/rfc822"},
    ".xls": {"application/vnd.ms-excel", "text/html", "text/plain", "text/csv", "text/xml", ZIP_PARTS[2][1]},
    ".ppt": {"application/vnd.ms-powerpoint", ZIP_PARTS[3][1]},
    ".rtf": {"application/rtf"},
    ".odt": {ODF_KINDS["text"]},
    ".ods": {ODF_KINDS["spreadsheet"]},
    ".odp": {ODF_KINDS["presentation"]},
    ".msg": {"application/vnd.ms-outlook"},
    ".eml": {MAIL, "text/plain", "text/html"},
    ".zip": {ZIP},
    ".7z": {"application/x-7z-compressed"},
    ".png": {"image/png"},
    ".jpg": {"image/jpeg"},
    ".jpeg": {"image/jpeg"},
    ".gif": {"image/gif"},
    ".tif": {"image/tiff"},
    ".tiff": {"image/tiff"},
    ".bmp": {"image/bmp"},
    ".webp": {"image/webp"},
    ".wpd": {"application/vnd.wordperfect"},
    ".svg": {SVG, "text/xml"},
}
_TEXTS = {".txt", ".md", ".csv", ".tsv", ".log", ".json", ".xml", ".html", ".htm"}


def sniff(head: bytes, *, name: str = "") -> str:
    """The media type of a file that starts with `head` (up to 16 KiB).

    A ZIP or OLE file whose head does not show what is in it stays application/zip or application/x-ole-storage:
    `sniff_file` looks further.
    """
    if not head:
        return OCTETS
    # First: an archive may hold a PDF, uncompressed, within its first KiB.
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04")):
        return _kind_of_zip(head)
    # The format allows other bytes before the header; readers look at the first KiB.
    if b"%PDF-" in head[:1024] or _HEADLESS_PDF.match(head):
        return "application/pdf"
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], OCTETS)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[257:262] == b"ustar":
        return TAR
    if head[40:44] == b" EMF" and head.startswith(b"\x01\x00\x00\x00"):
        return "image/emf"
    for signature, kind in SIGNATURES:
        if head.startswith(signature) and not (signature.isalnum() and _plain(head)):
            return kind
    if head[0] == 0xFF and len(head) > 3 and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 and not _plain(head):
        return "audio/mpeg"
    if _plain(head) or _foreign(head, name):
        return _kind_of_text(head, name)
    return _known_elsewhere(head)


def sniff_file(file: BinaryIO, head: bytes, *, name: str = "") -> str:
    """Like `sniff`, looking into a seekable file where its head is not enough. Reads at most a MiB."""
    kind = sniff(head, name=name)
    if kind == OLE:
        return ole_kind(file)
    if kind == ZIP or (kind.startswith("application/vnd.o") and head.startswith(b"PK")):
        return zip_kind(file, head)
    return kind


def name_disagrees(media_type: str, name: str) -> bool:
    """Whether a name's ending promises another kind of file than the content is."""
    ending = PurePath(name.lower()).suffix
    if ending in _TEXTS:
        kind = media_type.partition("/")[0]
        return kind != "text" and media_type not in (
            "application/json",
            MAIL,
            SVG,
            "application/mbox",
            "application/rtf",
        )
    return ending in PROMISES and media_type not in PROMISES[ending]


def _kind_of_zip(head: bytes) -> str:
    if kind := odf_kind(head):
        return kind
    if b"[Content_Types].xml" not in head and b"_rels/.rels" not in head:
        return ZIP
    # Names stand in the entries' own heads, 26 bytes after their signature.
    for part, kind in ZIP_PARTS[:4]:
        if re.search(rb"PK\x03\x04.{26}" + re.escape(part.encode()), head, re.S):
            return kind
    return ZIP


def _kind_of_text(head: bytes, name: str) -> str:
    text = _narrow(head)
    if text.startswith(b"From ") and _MBOX.match(text[:1000]):
        return "application/mbox"
    for mark, kind in _CARDS:
        if text.lstrip()[:20].upper().startswith(mark):
            return kind
    if _SVG.match(text[:4096]):
        return SVG
    if _HTML.match(text[:4096]):
        return "text/html"
    if _XML.match(text):
        return "text/xml"
    if _FOLDED_HEADERS.match(text) and len(_HEADER.findall(text[:8192])) >= 2:
        return MAIL
    by_name = TEXT_BY_NAME.get(PurePath(name.lower()).suffix)
    if by_name:
        return by_name
    return "application/json" if _JSON.match(text) and b'"' in text[:4096] else "text/plain"


def _narrow(head: bytes) -> bytes:
    """Text with one byte per character, so that patterns for ASCII fit UTF-16 too."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _utf16_without_mark(head):
        return head.replace(b"\x00", b"").lstrip(b"\xff\xfe")
    return head.removeprefix(codecs.BOM_UTF8)


def _plain(head: bytes) -> bool:
    """Whether this reads as text: a byte order mark, valid UTF-8, or a legacy encoding without control bytes."""
    if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if _utf16_without_mark(head):
        return True
    controls = sum(b < 9 or 13 < b < 27 or 27 < b < 32 or b == 127 for b in head)
    # A few stray NULs or control bytes are common in logs and transcripts; binaries are full of them.
    if controls > len(head) * 0.02:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        high = sum(b >= 0x80 for b in head)
        return high < len(head) * 0.3 and controls == 0
    return True


def _foreign(head: bytes, name: str) -> bool:
    """Whether this may be text in a legacy encoding of another script, where most bytes are high: Cyrillic, Japanese.

    Hardly any binary has no control byte in its first 200; a shorter one is believed if its name says text.
    """
    if any(b < 9 or 13 < b < 27 or 27 < b < 32 or b == 127 for b in head):
        return False
    return len(head) >= FOREIGN_BYTES or PurePath(name.lower()).suffix in _TEXTS


def _utf16_without_mark(head: bytes) -> bool:
    even, odd = head[0:2048:2], head[1:2048:2]
    if len(odd) < 8:
        return False
    zeros = (even.count(0) / len(even), odd.count(0) / len(odd))
    return max(zeros) > 0.7 and min(zeros) < 0.05


def _known_elsewhere(head: bytes) -> str:
    try:
        return puremagic.from_string(head, mime=True) or OCTETS
    except (puremagic.PureError, ValueError):
        return OCTETS
