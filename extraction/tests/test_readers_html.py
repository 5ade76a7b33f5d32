"""HTML, SVG, calendars and cards: what a person sees of them."""

import pytest

from extraction.readers.html_text import read_markup
from extraction.tests.made_files import read, read_confined

HTML, SVG, ICS, VCF = "text/html", "image/svg+xml", "text/calendar", "text/vcard"


def test_html_is_what_a_reader_of_the_page_sees():
    data = b"""<!doctype html><html><head><title>Opinion</title><style>p{color:red}</style>
    <script>var x='<p>no</p>'</script></head>
    <body><h1>Reagan v. Aiken</h1><p>Decided&nbsp;<b>January</b>
    26, 1891.</p><ul><li>one<li>two</ul><ol><li>first</ol><p hidden>secret</p>
    <div style="display:none">invisible <p>all of it</p></div>
    <a href="https://example.org/a">the record</a> <a href="javascript:x()">do</a><img alt="Seal" src="http://x/y.png">
    <table><tr><th>No.</th><th>Text</th></tr><tr><td>1</td><td>Order</td></tr></table></body></html>"""
    found = read(HTML, data)
    assert found.text.splitlines() == [
        "Reagan v. Aiken", "Decided\xa0January 26, 1891.", "• one", "• two", "1. first",
        "the record <https://example.org/a> do[Seal]", "No.\tText", "1\tOrder",
    ]  # fmt: skip
    assert found.info.meta["title"] == "Opinion"
    assert found.rows() == [["No.", "Text"], ["1", "Order"]]
    assert "hidden_text" in found.info.warnings


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="windows-1251">', "cp1251"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=shift_jis">', "cp932"),
        ("", "utf-8"),
    ],
)
def test_html_is_decoded_as_it_says(head, encoding):
    word = {"cp1251": "Договор", "cp932": "契約書", "utf-8": "contrat signé"}[encoding]
    assert read(HTML, f"<html><head>{head}</head><body>{word}".encode(encoding)).text == word


def test_html_that_nests_a_hundred_thousand_deep_is_read(tmp_path):
    path = tmp_path / "deep.html"
    path.write_bytes(b"<html><body>" + b"<div>" * 100_000 + b"deep" + b"<table><tr><td>" * 30_000 + b"deeper")
    assert read_confined(HTML, path, memory_mb=512, timeout_s=30) == "read"
    assert [b.text for b in read_markup("<div>" * 5000 + "deep").blocks] == ["deep"]


def test_an_empty_page_is_blank():
    found = read(HTML, b"<html><body><script>x</script></body></html>")
    assert [(p.state, p.text) for p in found.pages] == [("blank", "")]


def test_svg_gives_its_words_and_nothing_else():
    data = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">
    <title>Site plan</title><script>alert(1)</script>
    <text><tspan>North</tspan><tspan>gate</tspan></text><text>&x;</text></svg>"""
    assert read(SVG, data).text == "Site plan\nNorth gate"


def test_an_appointment_reads_as_a_person_would_write_it():
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VTIMEZONE", "TZID:Berlin", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:1@x",
        "DTSTART:20201123T190000Z", "SUMMARY:Board meeting\\, final", "DESCRIPTION:Bring the", "  minutes\\nand pens",
        'ORGANIZER;CN="Ann B":mailto:ann@example.org', "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    data = "\r\n".join(lines).encode()
    assert read(ICS, data).text.splitlines()[:6] == [
        "Event", "Start: 2020-11-23 19:00:00 UTC", "Summary: Board meeting, final", "Description: Bring the minutes",
        "and pens", "Organizer: Ann B <ann@example.org>",
    ]  # fmt: skip


def test_a_card_in_quoted_printable_is_decoded():
    data = b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BC=\n=C3=BCller\n"
    data += b"TEL;HOME:+1 555\nPHOTO:AAAA\nEND:VCARD\n"
    assert read(VCF, data).text.splitlines()[:3] == ["Card", "Name: Müüller", "Telephone: +1 555"]


def test_characters_that_nobody_sees_are_marked_as_hidden():
    found = read(HTML, "<p>pay\u200b now\U000e0041\U000e0042</p>".encode())
    assert [(m.kind, m.value, m.start) for m in found.pages[0].marks] == [
        ("hidden", "zero_width", 3),
        ("hidden", "tag", 8),
    ]
