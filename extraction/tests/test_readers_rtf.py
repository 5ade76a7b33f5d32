"""RTF: text in any encoding, notes and tables, and what nobody wrote on purpose."""

from extraction.tests.made_files import ole, read, read_confined

RTF = "application/rtf"


def test_rtf_has_its_characters_paragraphs_and_facts():
    data = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}}{\colortbl;\red0\green0\blue0;}
{\info{\title Brief}{\author N. Harlow}{\creatim\yr2021\mo3\dy4\hr9\min5}}
{\*\generator Some program;}
\pard \f0 Caf\'e9 \ldblquote quoted\rdblquote\par {\f1 \'cf\'f0\'e8} \u8364?5 \u-10179?\u-8704?\par}"""
    found = read(RTF, data)
    assert found.text == "Café “quoted”\nПри €5 😀"
    assert found.info.meta == {
        "title": "Brief", "author": "N. Harlow", "created": "2021-03-04T09:05:00", "pagination": "estimated",
    }  # fmt: skip


def test_rtf_tables_footnotes_headers_comments_and_deletions():
    data = rb"""{\rtf1{\header Confidential\par}\trowd\intbl Name\cell Age\cell\row
\trowd\intbl Ann\cell 41\cell\row\pard
After{\footnote See {\i p. 3}.}{\*\atnauthor Bo}{\*\annotation why?} {\deleted gone}{\v unseen}\par\page Next\par}"""
    found = read(RTF, data)
    assert found.rows() == [["Name", "Age"], ["Ann", "41"]]
    assert found.pages[0].text.splitlines()[:4] == ["Confidential", "Name\tAge", "Ann\t41", "After[1] "]
    assert found.marked("note") == ["[1] See p. 3."]
    assert found.marked("comment") == ["[Comment by Bo: why?]"]
    assert found.marked("hidden") == ["[Deleted: gone]", "[Hidden text: unseen]"]
    assert found.pages[1].text.strip() == "Next"


def test_html_wrapped_in_rtf_is_read_without_its_tags():
    data = rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\par\htmlrtf0 Dear Ms Harlow,"
    data += rb"{\*\htmltag <br>}\htmlrtf \line }\htmlrtf0 yes}"
    assert read(RTF, data).text.replace("\n", "") == "Dear Ms Harlow,yes"


def test_an_object_embedded_in_rtf_is_a_member():
    inner = ole(
        {
            "\x01Ole10Native": bytes(6)
            + b"a.txt\0p\0"
            + bytes(4)
            + (2).to_bytes(4, "little")
            + b"t\0"
            + (3).to_bytes(4, "little")
            + b"abc"
        }
    )
    found = read(RTF, b"{\\rtf1 x{\\object{\\*\\objdata 01050000" + inner.hex().encode() + b"}}}")
    assert found.members == {"a.txt": b"abc"}


def test_rtf_that_nests_without_end_or_ends_in_the_middle_is_no_trouble(tmp_path):
    path = tmp_path / "deep.rtf"
    path.write_bytes(b"{\\rtf1 " + b"{" * 20_000_000)
    assert read_confined(RTF, path, memory_mb=512, timeout_s=20) == "corrupt"
    assert read(RTF, b"{\\rtf1 half a docum").text == "half a docum"
    assert read(RTF, b"{\\rtf1 x\\bin999999999 y}").text == "x"
    assert read(RTF, b"{\\rtf1 a}}}}{{{ b").text == "a"
