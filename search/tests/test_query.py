"""Reading a question: lenient with people, firm with what would be too much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.language.tree import units, written
from search.query import MAX_BYTES, MAX_TERMS, Query, QueryError, parse

NAUGHTY = [
    "'; DROP TABLE documents_chunk; --",
    "' OR '1'='1",
    "\\' \\\\ \\",
    "a & b | !c <-> d:*",
    "((((",
    "!!!",
    ":*",
    "%s %d %(name)s {0} {scope}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "null undefined NaN",
    "\ufeffword",
    "مرحبا بالعالم",
    "日本語 の テキスト",
    "e\u0301te\u0301",
    "👩‍👩‍👧 🏳️‍🌈",
    "𝕿𝖍𝖊 𝖖𝖚𝖎𝖈𝖐",
    "ﷺ",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
    '"""""',
    '-"',
    "- - -",
    "--",
    "NOT NOT NOT",
    "“",
    "$(touch x) `id`",
    "\ud800",
    "it's 10-day o'clock a\\b /foo/bar http://x.y/z?q=1 a@b.org 24-cv-01234 -5 1e400",
]


def test_words_phrases_and_exclusions_are_told_apart() -> None:
    query = parse('notice of "material breach" -draft NOT memo -"side letter"')
    assert query.terms == ("notice", "of")
    assert query.phrases == ("material breach",)
    assert query.excluded == ("draft", "memo", "side letter")
    assert query.text == "notice of material breach"
    assert query.notes == ()


@pytest.mark.parametrize("quoted", ["“two words”", "„two words“", "«two words»", "＂two words＂", '"two words"'])
def test_typographic_quotation_marks_make_phrases(quoted: str) -> None:
    assert parse(quoted).phrases == ("two words",)


def test_hyphens_inside_words_exclude_nothing() -> None:
    assert parse("long-term 24-cv-01234").excluded == ()
    assert parse("long-term 24-cv-01234").terms == ("long-term", "24-cv-01234")


def test_apostrophes_are_no_quotation_marks() -> None:
    assert parse("O’Brien's 'lease'").terms == ("O’Brien's", "lease")


def test_punctuation_around_words_is_dropped() -> None:
    assert parse("(lease), §12; $5,000!").terms == ("lease", "12", "5,000")


def test_unclosed_quotation_mark_is_noted_and_its_words_still_searched() -> None:
    query = parse('"notice of termination')
    assert query.terms == ("notice", "of", "termination")
    assert "quotation mark" in query.notes[0]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("breach AND contract", "breach AND contract"),
        ("breach OR contract", "breach OR contract"),
        ("breach w/5 contract", "breach w/5 contract"),
        ("breach W/5 contract", "breach w/5 contract"),
        ("breach /5 contract", "breach w/5 contract"),
        ("breach within/5 contract", "breach w/5 contract"),
        ("breach NEAR contract", "breach w/10 contract"),
        ("breach NEAR5 contract", "breach w/5 contract"),
        ("breach pre/3 contract", "breach pre/3 contract"),
        ("breach ADJ contract", "breach pre/1 contract"),
        ("breach w/s contract", "breach w/s contract"),
        ("breach /p contract", "breach w/p contract"),
        ("breach NOT w/5 contract", "breach NOT w/5 contract"),
        ("breach AND NOT contract", "breach AND NOT contract"),
        ("a1 OR b1 AND c1", "(a1 OR b1) AND c1"),
        ("a1 AND b1 OR c1", "a1 AND (b1 OR c1)"),
        ("a1 OR b1 w/3 c1", "(a1 OR b1) w/3 c1"),
        ("a1 w/3 b1 w/4 c1", "(a1 w/3 b1) w/4 c1"),
        ("(a1 AND b1) OR c1", "(a1 AND b1) OR c1"),
        ("(a1 AND b1) w/3 c1", "(a1 w/3 c1) AND (b1 w/3 c1)"),
        ("a1 w/3 (b1 OR “c1 d1”)", "a1 w/3 (b1 OR “c1 d1”)"),
        ("a1 b1 OR c1", "a1 AND (b1 OR c1)"),
        ("-(a1 OR b1) c1", "NOT (a1 OR b1) AND c1"),
        ("NOT (a1 OR b1) c1", "NOT (a1 OR b1) AND c1"),
        ("a1 OR NOT b1", "a1 OR NOT b1"),
        ("NOT NOT (a1 OR b1)", "a1 OR b1"),
        ("contract*", "contract*"),
        ("contract! notice", "contract* AND notice"),
        ("contract:* AND notice", "contract* AND notice"),
        ("wom?n", "wom?n"),
        ("*ment", "*ment"),
        ("custodian:Brandt AND lease", "custodian:Brandt AND lease"),
        ("-type:pdf lease OR rent", "NOT type:pdf AND (lease OR rent)"),
        ('custodian:"A. Brandt" OR lease', "custodian:“A. Brandt” OR lease"),
        ("(breach AND (contract OR lease)", "breach AND (contract OR lease)"),
        ("breach) AND contract", "breach AND contract"),
    ],
)
def test_operators_become_a_tree(text: str, tree: str) -> None:
    query = parse(text)
    assert query.uses_operators
    assert query.tree is not None and written(query.tree) == tree
    assert parse(tree).tree == query.tree


@pytest.mark.parametrize("text", ["cc-*", "lex_*", "a1-*-b1", "ab.?"])
def test_an_asterisk_by_itself_is_no_wildcard_and_said(text: str) -> None:
    query = parse(f"{text} AND lease")
    assert query.wildcards == ()
    assert "*" not in text or any("right beside its asterisk" in note for note in query.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("breach AND", "“AND” has nothing on one side"),
        ("breach w/5", "“w/5” has nothing on one side"),
        ("OR breach", "“OR” has nothing on one side"),
        ("(breach OR contract", "parenthesis has no partner"),
        ("breach OR contract)", "parenthesis has no partner"),
        ("a1 OR b1 AND c1", "Read as: (a1 OR b1) AND c1."),
        ("contract! AND notice", "read as contract*"),
        ("a1 b1 c1*", "side by side"),
        ("breach /5 contract", "read as w/5"),
        ("breach NEAR contract", "at most 10 words apart"),
        ("breach | contract", "“|” could not be understood"),
        ("breach <-> contract", "“<->” could not be understood"),
        ('"breach contract"~5', "“~5” could not be understood"),
        ("breach w/seg contract", "“w/seg” could not be understood"),
        ("!draft breach", "minus sign"),
        ("a* breach", "two letters at least"),
        ("author:Brandt breach", "“author:” is no field"),
        ("date:soon breach", "is no date"),
        ("page:x breach", "is no page"),
        ("status:odd breach", "is no status"),
        ("custodian:(a1 OR b1)", "takes one value"),
        ("page:3 OR breach", "page: can only narrow the whole question"),
        ("breach w/5 NOT contract", "condition on the whole document"),
        ("NOTICE AND RELEASE", "All or nearly all is in capitals"),
        ("NOTICE AND REKEASE OF ALL ClAIMS", "All or nearly all is in capitals"),
    ],
)
def test_what_is_read_differently_is_said(text: str, said: str) -> None:
    assert any(said in note for note in parse(text).notes)


@pytest.mark.parametrize(
    "text",
    [
        "What is the notice period, and who must give it?",
        "Smith & Sons v. Jones (2019) 12 App. 3",
        "the lease (the “Lease”), § 12(b)(1) and/or 24/7",
        "TERMINATION AND RELEASE OF ALL CLAIMS",
        "Find the lease at once!",
        "lease w/ option 3/5 and 1/2",
        "/s/ John Smith",
        "Date: March 5, 2021",
        "http://example.org/a?b=c 10:30",
        "**Note** that 5 * 3 is 15",
    ],
)
def test_ordinary_sentences_use_no_operators(text: str) -> None:
    query = parse(text)
    assert not query.uses_operators and query.tree is None and not query.excluded


def test_what_must_not_be_there_is_told_apart_from_what_is_looked_for() -> None:
    query = parse("breach w/5 (contract OR lease*) AND NOT (draft OR “side letter”)")
    assert (query.terms, query.wildcards) == (("breach", "contract"), ("lease*",))
    assert query.excluded == ("draft", "side letter")
    assert query.text == "breach contract lease"


def test_fields_narrow_a_plain_question() -> None:
    query = parse('notice of termination custodian:"A. Brandt" -type:email page:3-9 page:12')
    assert not query.uses_operators
    assert query.text == "notice of termination"
    assert query.tree is not None and written(query.tree) == "custodian:“A. Brandt” AND NOT type:email"
    assert query.pages == ((3, 9), (12, 12))


def test_too_deep_and_too_many_pairs_are_refused_with_a_code() -> None:
    for text, code in (
        ("(" * 41 + "a1 OR b1", "query_too_deep"),
        (" w/2 ".join(["(" + " AND ".join(f"w{n}" for n in range(25)) + ")"] * 3), "query_too_complex"),
    ):
        with pytest.raises(QueryError) as caught:
            parse(text)
        assert caught.value.code == code


def test_lower_case_and_or_not_are_ordinary_words() -> None:
    assert parse("and or not near").terms == ("and", "or", "not", "near")


def test_control_bidi_and_zero_width_characters_are_stripped() -> None:
    query = parse("le\u200base\x00 \u202eagree\u2066ment\x1b")
    assert query.raw == "lease agreement"


@pytest.mark.parametrize("text", ["", "  \n\t", "\x00", "\u202e\u200b"])
def test_nothing_typed_is_an_error_with_a_code(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.code == "query_empty"


def test_too_long_and_too_many_words_are_errors_at_exactly_the_limit() -> None:
    assert parse("é" * (MAX_BYTES // 2)).terms
    with pytest.raises(QueryError) as caught:
        parse("é" * (MAX_BYTES // 2) + "e")
    assert caught.value.code == "query_too_long"
    assert len(parse("a " * MAX_TERMS).terms) == MAX_TERMS
    with pytest.raises(QueryError) as caught:
        parse('"' + "a " * MAX_TERMS + '" b')
    assert caught.value.code == "query_too_many_terms"


def test_only_exclusions_leave_nothing_to_look_for_and_say_so() -> None:
    query = parse("-draft")
    assert query.text == "" and query.notes


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_strings_are_read_or_refused_without_harm(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert error.code in ("query_empty", "query_too_deep")
    else:
        _is_sound(query)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_code(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert error.code.startswith("query_") and error.message
    else:
        _is_sound(query)


PIECES = [
    "AND",
    "OR",
    "NOT",
    "w/5",
    "pre/2",
    "w/s",
    "/p",
    "(",
    ")",
    "-",
    '"',
    "a1",
    "b1*",
    "c!",
    "type:",
    "page:3",
    "*",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.sampled_from(["", " "]))
def test_any_run_of_operators_is_read_or_refused_with_a_code(pieces: list[str], between: str) -> None:
    test_any_text_is_read_or_refused_with_a_code.hypothesis.inner_test(between.join(pieces))


@given(st.text(alphabet='"“”-−* \tNOTab/5()w:!', max_size=60))
def test_reading_a_read_question_again_changes_nothing(text: str) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    assert parse(query.raw) == query


def _is_sound(query: Query) -> None:
    pieces = [*query.terms, *query.phrases, *query.excluded]
    assert all(piece and piece == piece.strip() for piece in pieces)
    assert query.text.split() == [w for w in query.text.split() if any(c.isalnum() or ord(c) > 127 for c in w)]
    everything = " ".join([query.raw, query.text, *pieces])
    everything.encode()
    assert not any(ord(character) < 32 or "\u202a" <= character <= "\u202e" for character in everything)
    assert len(query.text.split()) <= 2 * MAX_TERMS
    # What a tree says can be said again in the language itself.
    if query.tree is not None and (again := parse(written(query.tree))).uses_operators:
        assert list(units(again.tree)) == list(units(query.tree))
