"""docs/reading.md is true to the code."""

import re
from pathlib import Path

from extraction.ocr.decision import NEEDING
from extraction.readers import READERS
from extraction.warnings import WARNINGS

DOCS = (Path(__file__).parents[2] / "docs" / "reading.md").read_text()
NAMED = set(re.findall(r"`([^`]+)`", DOCS))


def test_every_kind_of_file_is_told_and_none_that_is_not_read():
    kinds = {name for name in NAMED if re.fullmatch(r"(application|text|image|message)/[a-z0-9.+-]+", name)}
    assert kinds == set(READERS)


def test_every_warning_is_told_in_the_words_of_its_page():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", DOCS.partition("## Warnings")[2], re.MULTILINE))
    assert rows == WARNINGS


def test_every_reason_for_ocr_is_told():
    assert NEEDING <= NAMED
