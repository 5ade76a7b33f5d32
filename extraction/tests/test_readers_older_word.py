"""Word 97 and 95, and WordPerfect, from their bytes."""

import struct

import pytest

from extraction.errors import PermanentError
from extraction.tests.made_files import ole, read

DOC, WPD = "application/msword", "application/vnd.wordperfect"


def doc(text: str, *, main: int | None = None, flags: int = 0, compressed: bool = False) -> bytes:
    """A document of Word 97 with one piece of text."""
    content = text.encode("cp1252") if compressed else text.encode("utf-16-le")
    offset = 0x400
    header = bytearray(offset)
    struct.pack_into("<HH", header, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", header, 10, 0x0200 | flags)
    struct.pack_into("<i", header, 0x4C, len(text) if main is None else main)
    where = (offset * 2) | 0x40000000 if compressed else offset
    table = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, where, 0)
    pieces = b"\x02" + struct.pack("<I", len(table)) + table
    struct.pack_into("<II", header, 0x1A2, 0, len(pieces))
    return ole({"WordDocument": bytes(header) + content, "1Table": pieces})


@pytest.mark.parametrize("compressed", [True, False])
def test_a_document_of_word_97_has_paragraphs_fields_and_pages(compressed):
    text = 'Dear Ms Harlow\rsee \x13 HYPERLINK "http://x" \x14the site\x15 now\x0cPage two\x0bline\r'
    found = read(DOC, doc(text, compressed=compressed))
    assert [p.text.strip() for p in found.pages] == ["Dear Ms Harlow\nsee the site now", "Page two\nline"]


def test_tables_of_word_97_are_rows():
    found = read(DOC, doc("Name\x07Age\x07\x07Ann\x0741\x07\x07after\r"))
    assert found.rows() == [["Name", "Age"], ["Ann", "41"]]
    assert found.text.strip().endswith("after")


def test_characters_beyond_the_first_plane_survive_in_word_97():
    assert read(DOC, doc("clef 𝄞 end\r", main=12)).text.strip() == "clef 𝄞 end"


def test_an_encrypted_document_of_word_97_asks_for_a_password():
    with pytest.raises(PermanentError) as raised:
        read(DOC, doc("x\r", flags=0x0100))
    assert raised.value.code in ("encrypted", "corrupt")


def test_a_document_of_word_95_is_read():
    header = bytearray(0x300)
    text = b"Old letter\rof 1995\r"
    struct.pack_into("<HHHH", header, 0, 0xA5DC, 104, 0, 0x409)
    struct.pack_into("<II", header, 0x18, 0x300, 0x300 + len(text))
    struct.pack_into("<i", header, 0x34, len(text))
    assert read(DOC, ole({"WordDocument": bytes(header) + text})).text.strip() == "Old letter\nof 1995"


def wpd(text: bytes, *, version: int = 2, packets: bytes = b"", key: int = 0) -> bytes:
    start = 16 + len(packets)
    return b"\xffWPC" + struct.pack("<IBBBBHH", start, 1, 10, version, 0, key, 16) + packets + text


def group(code: int, kind: int, content: bytes = b"", packet: int | None = None) -> bytes:
    flags = b"\x00" if packet is None else b"\x80\x01" + struct.pack("<H", packet)
    size = 4 + len(flags) + len(content) + 3
    return struct.pack("<BBH", code, kind, size) + flags + content + struct.pack("<HB", size, code)


def test_wordperfect_6_has_text_accents_symbols_breaks_and_tables():
    text = (
        b"IN\x80THE\xccCOURT\xf0\x06\x04\xf0\x0f\xcfsoft" + group(0xD0, 0x09) + b"next" + group(0xE0, 0x11) + b"tab\xcc"
    )
    text += (
        group(0xD0, 0x0B)
        + b"a"
        + group(0xD0, 0x0A)
        + b"b"
        + group(0xD0, 0x0B)
        + b"c"
        + group(0xD0, 0x0A)
        + b"d"
        + group(0xD0, 0x11)
    )
    found = read(WPD, wpd(text + b"\xf1\x00\x00\x00\xf1undone\xf1\x01\x00\x00\xf1end"))
    assert found.pages[0].text == "IN THE\nCOURT§é soft"
    assert found.pages[1].text.splitlines() == ["next\ttab", "a\tb", "c\td", "end"]
    assert found.rows(2) == [["a", "b"], ["c", "d"]]


def test_wordperfect_6_notes_and_headers_come_from_their_packets():
    def packet(text: bytes) -> bytes:
        return struct.pack("<HII", 1, 10, len(text)) + text

    note, header = packet(b"See\x80record"), packet(b"SEALED")
    index = struct.pack("<HH10x", 0, 3)
    offset = 16 + len(index) + 2 * 14
    index += struct.pack("<BBHHII", 0, 8, 1, 0, len(note), offset) + struct.pack(
        "<BBHHII", 0, 8, 1, 0, len(header), offset + len(note)
    )
    text = group(0xD6, 0, packet=2) + b"Body" + group(0xD7, 0, packet=1) + b"1" + group(0xD7, 1) + b"\x80more"
    found = read(WPD, wpd(text, packets=index + note + header))
    assert found.text.splitlines()[-2:] == ["Body[1] more", "[1] See record"]
    assert found.marked("header") == ["SEALED"]


def test_wordperfect_5_has_text_notes_and_pages():
    content = b"\x00" + struct.pack("<H", 1) + b"\x00" + bytes(2 + 9) + b"Note text"
    note = struct.pack("<BBH", 0xD6, 0, len(content) + 4) + content + struct.pack("<HBB", len(content) + 4, 0, 0xD6)
    found = read(WPD, wpd(b"Hello" + note + b"\x0asecond\x0dline\x0cpage two \xc0\x29\x01\xc0", version=0))
    assert [p.text.splitlines() for p in found.pages] == [["Hello[1]", "second line", "[1] Note text"], ["page two é"]]


def test_an_encrypted_wordperfect_file_and_another_product_are_refused():
    for data, code in [
        (wpd(b"x", key=7), "encrypted"),
        (b"\xffWPC" + struct.pack("<IBBBBHH", 16, 2, 1, 2, 0, 0, 0), "unsupported_type"),
    ]:
        with pytest.raises(PermanentError) as raised:
            read(WPD, data)
        assert raised.value.code == code
