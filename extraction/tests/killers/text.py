"""Plain text, tables and pages on one line, and characters that are none."""

from extraction.tests.killers.kind import TOO_MUCH, Killer, Pieces

TEXT, CSV, HTML, JSON, CALENDAR = "text/plain", "text/csv", "text/html", "application/json", "text/calendar"
MARKDOWN, SVG, RTF = "text/markdown", "image/svg+xml", "application/rtf"


def repeated(kilobytes: int, piece: bytes, start: bytes = b"", end: bytes = b"") -> Pieces:
    """The piece again and again."""
    times, block = (kilobytes << 10) // len(piece), 100_000 // len(piece)
    yield start
    for at in range(0, times, block):
        yield piece * min(block, times - at)
    yield end


def nested(depth: int, opening: bytes, closing: bytes = b"", start: bytes = b"") -> Pieces:
    """An opening so many times, then as many closings."""
    yield start + opening * depth + b"words" + closing * depth


def numbered(count: int, form: str, start: str = "") -> Pieces:
    """One line for each number."""
    yield start.encode()
    for at in range(0, count, 10_000):
        yield "".join(form.format(n) for n in range(at, min(count, at + 10_000))).encode()


ENDS = ("ready", "ready: damaged_end", "corrupt", *TOO_MUCH)


def _long(name: str, kind: str, piece: bytes, start: bytes = b"", end: bytes = b"") -> Killer:
    shape = {"piece": piece, "start": start, "end": end}
    return Killer(name, kind, repeated, ENDS, {"kilobytes": 500, **shape}, {"kilobytes": 65_536, **shape})


def _deep(name: str, kind: str, opening: bytes, closing: bytes = b"", start: bytes = b"") -> Killer:
    shape = {"opening": opening, "closing": closing, "start": start}
    return Killer(name, kind, nested, ENDS, {"depth": 20_000, **shape}, {"depth": 1_000_000, **shape})


KILLERS = [
    _long("text_line", TEXT, b"word "),
    _long("text_line_without_spaces", TEXT, b"w"),
    _long("text_nul", TEXT, b"\x00", b"words"),
    _long("text_nul_between", TEXT, b"word\x00"),
    _long("text_surrogates_utf16", TEXT, b"\x00\xd8a\x00", b"\xff\xfe"),
    _long("text_surrogates_utf8", TEXT, b"\xed\xa0\x80a"),
    _long("text_controls", TEXT, bytes(range(1, 32)), b"words " * 2_000),
    _long("text_empty_lines", TEXT, b"\n"),
    _long("text_form_feeds", TEXT, b"a\f"),
    _long("text_combining", TEXT, "\u0301".encode(), b"a"),
    _long("text_direction", TEXT, "\u202e\u2066".encode(), b"a"),
    _long("text_tags", TEXT, "\U000e0041a".encode(), b"a"),
    _long("text_invalid", TEXT, b"\xff\xfe\xfd", b"words " * 4_000),
    _long("text_spaces", TEXT, b" ", b"words"),
    _long("text_backslashes", MARKDOWN, b"[](<*_`"),
    _long("csv_line", CSV, b"a,"),
    _long("csv_one_cell", CSV, b"word ", b'a,b\n"'),
    _long("csv_quotes", CSV, b'"', b"a,b\n"),
    _long("csv_quotes_open", CSV, b'",\n"a', b'a,b\n"'),
    _long("csv_rows", CSV, b"1,2\n", b"a,b\n"),
    _long("csv_nul", CSV, b"a,\x00\n", b"a,b\n"),
    _long("html_line", HTML, b"word ", b"<html><body><p>"),
    _long("html_tags", HTML, b"<b>w</b>", b"<html><body><p>"),
    _long("html_open_tag", HTML, b"a ", b"<html><body><p "),
    _long("html_entities", HTML, b"&amp;&#0;&#xD800;&#99999999999;", b"<html><body>"),
    _long("html_comment", HTML, b"-- >", b"<html><body>words<!--"),
    _long("html_brackets", HTML, b"<", b"<html><body>words"),
    _long("html_cells", HTML, b"<td colspan=99999999 rowspan=99999999>a", b"<html><table><tr>"),
    _long("html_script", HTML, b"<script>x</script><style>y</style>", b"<html><body>words"),
    _long("html_declarations", HTML, b"<![CDATA[x]]><!DOCTYPE x><?x ", b"<html><body>words"),
    _deep("html_deep", HTML, b"<div>", b"</div>", b"<html><body>"),
    _deep("html_deep_tables", HTML, b"<table><tr><td>", b"</td></tr></table>", b"<html><body>"),
    _deep("html_deep_lists", HTML, b"<ul><li>a", b"</li></ul>", b"<html><body>"),
    _deep("html_deep_formatting", HTML, b"<a><b><i>", b"", b"<html><body>"),
    _deep("html_deep_forms", HTML, b"<select><option><svg><math>", b"", b"<html><body>"),
    Killer("html_attributes", HTML, numbered, ENDS, {"count": 20_000, "form": ' a{0}="{0}"', "start": "<html><p"},
           {"count": 2_000_000, "form": ' a{0}="{0}"', "start": "<html><p"}),
    _deep("json_deep", JSON, b"[", b"]"),
    _deep("json_deep_objects", JSON, b'{"a":', b"}"),
    _long("calendar_line", CALENDAR, b"word ", b"BEGIN:VCALENDAR\nSUMMARY:"),
    _long("calendar_folded", CALENDAR, b"\n word", b"BEGIN:VCALENDAR\nSUMMARY:"),
    _long("calendar_quoted", CALENDAR, b"=41=\n", b"BEGIN:VCALENDAR\nSUMMARY;ENCODING=QUOTED-PRINTABLE:"),
    _deep("calendar_deep", CALENDAR, b"BEGIN:VEVENT\n", b"\nEND:VEVENT", b"BEGIN:VCALENDAR\n"),
    _deep("rtf_groups", RTF, b"{\\b ", b"}", b"{\\rtf1 "),
    _deep("rtf_groups_bare", RTF, b"{", b"}", b"{\\rtf1 "),
    _long("rtf_line", RTF, b"word ", b"{\\rtf1 "),
    _long("rtf_words", RTF, b"\\b\\i\\par ", b"{\\rtf1 "),
    _long("rtf_unicode", RTF, b"\\u-10240?", b"{\\rtf1 "),
    _long("rtf_bytes", RTF, b"\\'e9", b"{\\rtf1 "),
    _long("rtf_fonts", RTF, b"{\\f1\\fcharset128 a;}", b"{\\rtf1{\\fonttbl"),
    _long("rtf_binary", RTF, b"\\bin2147483647 ", b"{\\rtf1 words"),
    _long("rtf_picture", RTF, b"ff", b"{\\rtf1{\\pict\\pngblip "),
    _long("rtf_pictures", RTF, b"{\\pict ff}", b"{\\rtf1 words"),
    _long("rtf_cells", RTF, b"\\trowd\\intbl a\\cell ", b"{\\rtf1 "),
    _long("rtf_notes", RTF, b"{\\footnote n}", b"{\\rtf1 words"),
]  # fmt: skip
