"""Workbooks and delimited text: rows as they are read, dates as dates, and two cells that are a billion apart."""

import struct

import pytest

from extraction.errors import PermanentError
from extraction.readers.cell_values import DATE, PERCENT, PLAIN, kind_of_format, number
from extraction.readers.sheet_guard import check_xls, check_xlsb
from extraction.tests.made_files import ODS, XLSX, ole, read, read_confined, xlsx, zipped

CSV = "text/csv"
XLS = "application/vnd.ms-excel"
STYLES = """<numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy\\ hh:mm"/></numFmts>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="164"/></cellXfs>"""


def test_cells_keep_their_columns_and_shared_strings_their_text():
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>third</t></is></c></row>'
    strings = "<si><r><t>Am</t></r><r><t>ount</t></r><rPh><t>reading aid</t></rPh></si>"
    found = read(XLSX, xlsx({"Ledger": rows}, strings=strings))
    assert found.text == "Amount\t\tthird"
    assert found.rows() == [["Amount", "", "third"]]
    assert found.pages[0].label == "Ledger"


def test_dates_percentages_and_numbers_read_as_the_cell_shows_them():
    rows = "<row>" + "".join(
        f'<c s="{style}"><v>{value}</v></c>'
        for style, value in [(1, 44259), (3, 44259.75), (2, 0.0525), (0, 1234.5), (0, "1E3"), (0, 0.1)]
    )
    found = read(XLSX, xlsx({"S": rows + '<c t="b"><v>1</v></c><c t="e"><v>#REF!</v></c></row>'}, styles=STYLES))
    assert found.rows() == [["2021-03-04", "2021-03-04 18:00:00", "5.25%", "1234.5", "1000", "0.1", "TRUE", "#REF!"]]


def test_a_workbook_of_the_1904_calendar_has_the_same_dates():
    rows = '<row><c s="1"><v>42797</v></c></row>'
    assert read(XLSX, xlsx({"S": rows}, styles=STYLES, properties='date1904="1"')).text == "2021-03-04"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", PLAIN), ("0.00", PLAIN), ("0%", PERCENT), ("yyyy-mm-dd", DATE), ("[h]:mm:ss", DATE),
        ('"days" 0', PLAIN), ("[Red]0.0", PLAIN), ("#,##0 \\m", PLAIN), ("[$-409]d/m/yy", DATE), ("", PLAIN),
    ],
)  # fmt: skip
def test_what_a_number_format_shows(code, kind):
    assert kind_of_format(164, code) == kind


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1900-01-01"), (59, "1900-02-28"), (61, "1900-03-01"), (0.5, "12:00:00"), (-1, "-1"), (1e12, "1000000000000")],
)
def test_dates_at_the_edges_of_the_calendar(value, text):
    assert number(value, DATE) == text


def test_each_sheet_begins_a_page_and_hidden_ones_say_so():
    sheets = {"One": '<row><c t="str"><v>a</v></c></row>', "Empty": "", "Two": '<row hidden="1"><c><v>5</v></c></row>'}
    found = read(XLSX, xlsx(sheets, attributes='state="veryHidden"'))
    assert [(p.label, p.state, p.text) for p in found.pages] == [
        ("One", "text", "a"), ("Empty", "blank", ""), ("Two (hidden)", "text", "5"),
    ]  # fmt: skip
    assert {"hidden_sheets", "hidden_rows"} <= set(found.info.warnings)


def test_a_long_sheet_repeats_its_title_row_marked_as_a_header():
    title = '<row><c t="str"><v>Date</v></c><c t="str"><v>Payee</v></c></row>'
    rows = "".join(f'<row><c><v>{n}</v></c><c t="str"><v>payee {n}</v></c></row>' for n in range(150))
    found = read(XLSX, xlsx({"Payments": title + rows}))
    assert len(found.pages) == 3
    assert all(page.text.startswith("Date\tPayee\n") for page in found.pages)
    assert found.marked("header") == ["Date\tPayee"] * 2
    assert found.rows(2)[:2] == [["Date", "Payee"], ["59", "payee 59"]]
    assert {page.label for page in found.pages} == {"Payments"}


def test_two_cells_a_billion_apart_cost_two_cells(tmp_path):
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    found = read(XLSX, xlsx({"S": rows}))
    assert (found.text.split(), len(found.text)) == (["1", "2"], 102)
    path = tmp_path / "wide.xlsx"
    path.write_bytes(xlsx({"S": rows}))
    assert read_confined(XLSX, path, memory_mb=256, timeout_s=20) == "read"


def test_one_damaged_sheet_does_not_cost_the_others():
    found = read(
        XLSX, xlsx({"Bad": '<row><c t="str"><v>kept</v></c></row><row <<', "Good": "<row><c><v>7</v></c></row>"})
    )
    assert found.text.splitlines() == ["kept", "7"]
    assert "parts_damaged" in found.info.warnings


def test_a_million_cells_with_the_same_long_string_are_cut_at_the_text_limit(tmp_path):
    path = tmp_path / "repeat.xlsx"
    row = "<row>" + '<c t="s"><v>0</v></c>' * 50 + "</row>"
    path.write_bytes(xlsx({"S": row * 400}, strings=f"<si><t>{'x' * 9000}</t></si>"))
    assert read_confined(XLSX, path, timeout_s=60) == "read"


def test_rows_repeated_a_million_times_in_an_open_document_are_read_once():
    table = 'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    cell = '<table:table-cell table:number-columns-repeated="{}">{}</table:table-cell>'
    content = (
        f'<o:document-content xmlns:o="o" {table} xmlns:text="t"><o:body><o:spreadsheet><table:table table:name="S">'
        f"<table:table-row>{cell.format(16384, '')}{cell.format(1, '')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048576">'
        f"{cell.format(1048576, '<text:p>x</text:p>')}</table:table-row>"
        f"<table:table-row>{cell.format(2, '<text:p>end</text:p>')}</table:table-row>"
        "</table:table></o:spreadsheet></o:body></o:document-content>"
    )
    found = read(ODS, zipped({"mimetype": ODS, "content.xml": content}))
    lines = found.text.splitlines()
    assert lines[-1] == "end\tend"
    assert len(lines) < 120
    assert all(len(line) <= 200 for line in lines)


def biff(*records: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)


def xls(cells: bytes) -> bytes:
    """A workbook of Excel 97 with one sheet."""
    start = (0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    before = biff(start)
    sheet = biff((0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))) + cells + biff((0x0A, b""))
    # Its place, flags, kind and name; then the end of what all sheets share.
    bound_bytes = 4 + 8 + 4 + 4
    bound = biff((0x85, struct.pack("<IBBBB", len(before) + bound_bytes, 0, 0, 4, 0) + b"Main"), (0x0A, b""))
    return ole({"Workbook": (before + bound + sheet).ljust(4096, b"\0")})


def label(row: int, column: int, text: str) -> bytes:
    return biff((0x204, struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode()))


def test_a_workbook_of_excel_97_is_read():
    found = read(
        XLS, xls(label(0, 0, "Witness") + label(0, 1, "Paid") + biff((0x203, struct.pack("<HHHd", 1, 1, 0, 12.5))))
    )
    assert found.text == "Witness\tPaid\n\t12.5"
    assert found.pages[0].label == "Main"


@pytest.mark.parametrize(
    "data", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ole({"Workbook": b"junk" * 2000})]
)
def test_what_is_no_workbook_is_corrupt(data):
    with pytest.raises(PermanentError) as raised:
        read(XLS, data)
    assert raised.value.code == "corrupt"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","), ("a;b;c\n1,5;2;3\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b|c\n1|2|3\n", "|"),
        ('"Smith, J.";12\n"Jones, K.";13\n', ";"),
    ],
)  # fmt: skip
def test_the_delimiter_is_found(text, delimiter):
    assert read(CSV, text.encode()).info.meta["delimiter"] == {"\t": "tab"}.get(delimiter, delimiter)


def test_a_load_file_of_a_production_is_read():
    """Concordance: fields between þ, parted by the control character 20."""
    text = "þBEGDOCþ\x14þCUSTODIANþ\nþABC-001þ\x14þHarlowþ\n"
    found = read(CSV, text.encode("utf-8"))
    assert "ABC-001" in found.text
    assert "Harlow" in found.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimited_text_comes_in_any_encoding(encoding):
    assert read(CSV, "Name,Stadt\nMüller,Köln\nGrün,Zürich\n".encode(encoding)).rows()[1] == ["Müller", "Köln"]


def test_quoted_fields_hold_commas_and_line_ends():
    assert read(CSV, b'a,b\n"one, two","three\nfour"\n').rows()[1] == ["one, two", "three\nfour"]


def test_a_quotation_mark_that_nobody_closes_does_not_swallow_the_file():
    data = b'a,b\n1,"open\n' + b"x,y\n" * 400_000
    found = read(CSV, data, max_pages=10)
    assert found.rows()[0] == ["a", "b"]
    assert found.rows(2)[0][0] in ("a", "x")


def test_sixty_four_megabytes_on_one_line_end_in_time(tmp_path):
    path = tmp_path / "line.csv"
    path.write_bytes((b"word,word " * 6_800_000)[: 64 << 20])
    assert read_confined(CSV, path, timeout_s=60) in ("read", "too_large", "resource_memory")


def test_an_encoded_null_is_not_kept():
    assert "\0" not in read(CSV, b"a,b\0\n1,2\n").text


def test_only_the_pages_asked_for_are_given():
    rows = "".join(f"<row><c><v>{n}</v></c></row>" for n in range(200))
    found = read(XLSX, xlsx({"S": rows}), pages=(2, 4))
    assert [p.number for p in found.pages] == [2, 4]
    assert found.info.page_count == 4


def test_an_index_of_thousands_of_digits_is_no_index():
    digits = "9" * 5000
    cells = f'<c t="s"><v>{digits}</v></c><c s="{digits}"><v>7</v></c><c s="²"><v>8</v></c><c t="s"><v>²</v></c>'
    assert read(XLSX, xlsx({"S": f"<row>{cells}</row>"})).rows() == [["", "7", "8"]]


def test_the_grids_of_all_sheets_count_together():
    """calamine holds them all at once, and ends the process where they do not fit."""
    row = label(0, 0, "a") + label(60_000, 119, "b")
    check_xls(xls(row))
    with pytest.raises(PermanentError) as raised:
        check_xls(xls(row + biff((0x809, b"\x00\x06\x10\x00" + bytes(12))) + row))
    assert raised.value.code == "resource_memory"


def xlsb(*records: tuple[int, bytes], **parts: bytes) -> bytes:
    """A binary workbook's sheet with these records, and what else there is under xl/."""

    def number(value: int) -> bytes:
        return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80, value >> 7])

    sheet = b"".join(number(kind) + number(len(content)) + content for kind, content in records)
    return zipped({"xl/worksheets/sheet1.bin": sheet} | {f"xl/{name}.bin": content for name, content in parts.items()})


def row_at(number: int) -> tuple[int, bytes]:
    return 0, struct.pack("<I", number) + bytes(13)


def cell_at(column: int) -> tuple[int, bytes]:
    return 5, struct.pack("<I", column) + bytes(12)


def test_a_binary_workbook_whose_cells_are_far_apart_is_refused_before_room_is_made_for_them():
    check_xlsb(xlsb(row_at(0), cell_at(0), row_at(3), cell_at(200), (300, bytes(200)), workbook=b"x", styles=b"y"))
    for far in (
        xlsb(row_at(0), cell_at(0), row_at(1_048_575), cell_at(16_383)),
        xlsb(*(record for n in range(3) for record in (row_at(1_000_000 * n), cell_at(n * 100)))),
    ):
        with pytest.raises(PermanentError) as raised:
            check_xlsb(far)
        assert raised.value.code == "resource_memory"


@pytest.mark.parametrize("torn", [b"\x80", b"\x05", b"\x05\x80\x80\x80"])
def test_a_binary_workbook_that_breaks_off_in_a_records_head_is_corrupt(torn):
    with pytest.raises(PermanentError) as raised:
        check_xlsb(zipped({"xl/worksheets/sheet1.bin": torn, "xl/worksheets/notes.txt": b""}))
    assert raised.value.code == "corrupt"


def test_a_workbook_whose_sectors_run_in_a_circle_is_corrupt():
    made = bytearray(ole({"Workbook": bytes(6000), "Small": bytes(100)}))
    # The last sector holds the table of the large ones: the first of the stream is made to follow itself.
    table = len(made) - 512
    for sector in range(128):
        (following,) = struct.unpack_from("<I", made, table + 4 * sector)
        if following < 0xFFFFFFF0:
            struct.pack_into("<I", made, table + 4 * sector, sector)
            break
    with pytest.raises(PermanentError) as raised:
        check_xls(bytes(made))
    assert raised.value.code == "corrupt"
