"""Word 97 from its bytes: what was deleted or hidden, headings, tables, notes, comments and who wrote it."""

import struct

import pytest

from extraction.readers.word_runs import BREAK_BEFORE, DELETED, HIDDEN, IN_TABLE, PAGE, ROW_END
from extraction.tests.made_files import ole, read

DOC = "application/msword"
TEXT_AT = 0x400


def modifiers(codes: list[int]) -> bytes:
    return b"".join(struct.pack("<HB", code, 1) for code in codes)


def list_page(runs: list[tuple[int, bytes]], at: int, entry: int, body) -> bytes:
    """A page of 512 bytes: where runs of text (length in bytes, properties) begin, and what each has."""
    page = bytearray(PAGE)
    offsets = [at]
    for length, _ in runs:
        offsets.append(offsets[-1] + length)
    struct.pack_into(f"<{len(offsets)}I", page, 0, *offsets)
    free = PAGE - 2
    for index, (_, properties) in enumerate(runs):
        if properties:
            written = body(properties)
            free = (free - len(written)) & ~1
            page[free : free + len(written)] = written
            page[4 * len(offsets) + entry * index] = free // 2
    page[PAGE - 1] = len(runs)
    return bytes(page)


def paragraph_properties(properties: bytes) -> bytes:
    """With a count of words of which the last is half, or of whole ones behind a zero."""
    if len(properties) % 2:
        return bytes([(len(properties) + 1) // 2]) + properties
    return bytes([0, len(properties) // 2]) + properties


def summary(**said: str) -> bytes:
    """A property set; names as MS-OLEPS numbers them."""
    numbers = {"title": 2, "subject": 3, "author": 4, "created": 12}
    values = {1: struct.pack("<IHxx", 2, 1252)}
    for name, text in said.items():
        if name == "created":
            values[numbers[name]] = struct.pack("<IQ", 64, int(text))
        elif name == "subject":
            values[numbers[name]] = struct.pack("<II", 31, len(text) + 1) + f"{text}\0".encode("utf-16-le")
        else:
            values[numbers[name]] = struct.pack("<II", 30, len(text) + 1) + f"{text}\0".encode("cp1252")
    at, index, body = 8 + 8 * len(values), b"", b""
    for number, value in values.items():
        index += struct.pack("<II", number, at + len(body))
        body += value.ljust(-(-len(value) // 4) * 4, b"\0")
    section = struct.pack("<II", at + len(body), len(values)) + index + body
    return struct.pack("<HHI16xI16sI", 0xFFFE, 0, 0, 1, bytes(16), 48) + section


def doc(
    characters: list[tuple[str, list[int]]],
    paragraphs: list[tuple[str, int, list[int]]],
    *,
    notes: str = "",
    headers: str = "",
    comments: str = "",
    endnotes: str = "",
    streams: dict[str, bytes] | None = None,
) -> bytes:
    """A document of Word 97. The text has a mark for each of notes (\x02), comments (\x05) and endnotes (\x03)."""
    main = "".join(text for text, _ in characters)
    assert main == "".join(text for text, _, _ in paragraphs)
    text = main + notes + headers + comments + endnotes
    content = text.encode("utf-16-le")
    content += bytes(-(TEXT_AT + len(content)) % PAGE)
    first = (TEXT_AT + len(content)) // PAGE
    runs = [(2 * len(said), modifiers(codes)) for said, codes in characters]
    content += list_page(runs, TEXT_AT, 1, lambda properties: bytes([len(properties)]) + properties)
    runs = [(2 * len(said), struct.pack("<H", style) + modifiers(codes)) for said, style, codes in paragraphs]
    content += list_page(runs, TEXT_AT, 13, paragraph_properties)
    header = bytearray(TEXT_AT)
    struct.pack_into("<HH", header, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", header, 10, 0x0200)
    counts = len(main), len(notes), len(headers), 0, len(comments), len(endnotes)
    struct.pack_into("<6i", header, 0x4C, *counts)
    pieces = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, TEXT_AT, 0)
    table = b""

    def part(at: int, made: bytes) -> None:
        nonlocal table
        struct.pack_into("<II", header, at, len(table), len(made))
        table += made

    part(0x1A2, b"\x02" + struct.pack("<I", len(pieces)) + pieces)
    part(0xFA, struct.pack("<III", TEXT_AT, TEXT_AT + len(main) * 2, first))
    part(0x102, struct.pack("<III", TEXT_AT, TEXT_AT + len(main) * 2, first + 1))
    for mark, said, references, texts, extra in (
        ("\x02", notes, 0xAA, 0xB2, 2),
        ("\x05", comments, 0xBA, 0xC2, 30),
        ("\x03", endnotes, 0x20A, 0x212, 2),
    ):
        places = [place for place, character in enumerate(main) if character == mark]
        if places:
            part(references, struct.pack(f"<{len(places) + 1}I", *places, len(main)) + bytes(extra * len(places)))
            ends = [place + 1 for place, character in enumerate(said) if character == "\r"]
            part(texts, struct.pack(f"<{len(ends) + 1}I", 0, *ends))
    return ole({"WordDocument": bytes(header) + content, "1Table": table, **(streams or {})})


PLAIN: list[int] = []


def test_what_was_deleted_or_hidden_is_kept_apart_and_said_to_be():
    said = [
        ("It was ", PLAIN),
        ("not ", [DELETED]),
        ("delivered ", PLAIN),
        ("in secret ", [HIDDEN]),
        ("late.\r", PLAIN),
    ]
    found = read(DOC, doc(said, [("".join(text for text, _ in said), 0, PLAIN)]))
    assert [line for line in found.text.splitlines() if line] == [
        "It was delivered late.",
        "[Deleted: not]",
        "[Hidden text: in secret]",
    ]
    assert found.marked("hidden") == ["[Deleted: not]", "[Hidden text: in secret]"]
    assert {"tracked_changes", "hidden_text"} <= set(found.info.warnings)


def test_headings_table_rows_and_breaks_come_from_paragraphs():
    paragraphs = [
        ("Chapter one\r", 1, PLAIN),
        ("Body.\r", 0, PLAIN),
        ("Item\r", 0, [IN_TABLE]),
        ("of two lines\x07", 0, [IN_TABLE]),
        ("12\x07", 0, [IN_TABLE]),
        ("\x07", 0, [IN_TABLE, ROW_END]),
        ("After\r", 0, [BREAK_BEFORE]),
    ]
    found = read(DOC, doc([("".join(text for text, *_ in paragraphs), PLAIN)], paragraphs))
    assert [page.text.strip() for page in found.pages] == ["Chapter one\nBody.\nItem of two lines\t12", "After"]
    assert found.rows() == [["Item\nof two lines", "12"]]


def test_notes_headers_and_comments_stand_where_they_belong():
    main = "The winch\x02 was late\x05 again\x03.\r"
    found = read(
        DOC,
        doc(
            [(main, PLAIN)],
            [(main, 0, PLAIN)],
            notes="\x02 See the log.\r",
            headers="SEALED\r",
            comments="\x05Ask her.\r",
            endnotes="\x03 As before.\r",
        ),
    )
    lines = found.text.splitlines()
    assert "The winch[1] was late again[note 1]." in lines
    assert {"[1] See the log.", "[Comment: Ask her.]", "[note 1] As before."} <= set(lines)
    assert found.marked("header") == ["SEALED"]
    assert found.marked("comment") == ["[Comment: Ask her.]"]
    assert "comments" in found.info.warnings


def test_who_wrote_it_and_when_is_told():
    ticks = 132_500_000_000_000_000
    streams = {
        "\x05SummaryInformation": summary(title="Lease – draft", author="A. Brandt", subject="Ψ", created=str(ticks))
    }
    found = read(DOC, doc([("x\r", PLAIN)], [("x\r", 0, PLAIN)], streams=streams))
    assert found.info.meta["title"] == "Lease – draft"
    assert found.info.meta["author"] == "A. Brandt"
    assert found.info.meta["subject"] == "Ψ"
    assert found.info.meta["created"].startswith("2020-11-")


@pytest.mark.parametrize(
    "damaged",
    [b"", bytes(60), summary(title="x")[:70], summary(created="0"), summary(created=str((1 << 64) - 1))],
)
def test_damaged_facts_cost_nothing_but_themselves(damaged):
    found = read(DOC, doc([("x\r", PLAIN)], [("x\r", 0, PLAIN)], streams={"\x05SummaryInformation": damaged}))
    assert found.text.strip() == "x"
    assert not set(found.info.meta) & {"title", "created"}


@pytest.mark.parametrize("at", [0xFA, 0x102])
@pytest.mark.parametrize("where", [0, 0x3FFFFF, 2])
def test_lists_that_lie_elsewhere_cost_the_formatting_and_not_the_text(at, where):
    made = doc([("It was ", PLAIN), ("not ", [DELETED]), ("late.\r", PLAIN)], [("It was not late.\r", 0, PLAIN)])
    # The table stream's entry that says which page holds the list.
    number = made.find(struct.pack("<III", TEXT_AT, TEXT_AT + 34, 3 if at == 0xFA else 4)) + 8
    assert number > 8
    damaged = made[:number] + struct.pack("<I", where) + made[number + 4 :]
    assert "late." in read(DOC, damaged).text
