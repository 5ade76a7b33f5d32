"""Every warning that a reader can give has a sentence."""

import re

from extraction.errors import ERRORS
from extraction.tests.made_files import ROOT
from extraction.warnings import WARNINGS, of_member, sentence

_GIVEN = re.compile(
    r"""(?:warn\(|warnings\.append\(|found\.append\()\s*"([a-z_]+)"|\(\("([a-z_]+)",\) if|return \["([a-z_]+)"\]"""
)


def given() -> set[str]:
    sources = (path.read_text() for path in (ROOT / "extraction").rglob("*.py") if "tests" not in path.parts)
    return {code for source in sources for codes in _GIVEN.findall(source) for code in codes if code}


def test_every_warning_in_the_readers_has_a_sentence():
    assert {"members_skipped", "tracked_changes", "too_many_pages", "nested_too_deep"} <= given()
    assert given() - set(WARNINGS) - set(ERRORS) == set()


def test_sentences_are_sentences():
    for code in [*WARNINGS, *ERRORS]:
        assert sentence(code).endswith(".")
        assert len(sentence(code)) < 200
    assert sentence("never_heard_of") == "Never heard of."


def test_a_container_says_what_became_of_its_members():
    assert of_member("encrypted") == "members_encrypted"
    assert of_member("archive_limit") == of_member("too_large") == "members_over_limit"
    assert of_member("corrupt") == "members_damaged"
