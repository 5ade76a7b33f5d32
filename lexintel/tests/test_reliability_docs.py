"""docs/reliability.md names files and tests that exist, and leaves no row out."""

import re
from pathlib import Path

from django.conf import settings

BASE = Path(settings.BASE_DIR)
PAGE = (BASE / "docs" / "reliability.md").read_text()
APPS = ("lexintel", "cases", "documents", "extraction", "search")
ROWS = [*range(1, 20), *range(26, 32)]


def rows():
    """(number, text of the row) of the table."""
    return [(int(number), text) for number, text in re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.M)]


def test_every_fault_has_its_row():
    assert [number for number, _ in rows()] == ROWS


def test_every_row_names_a_test():
    assert not [number for number, text in rows() if "`test_" not in text]


def test_every_test_that_is_named_exists():
    files = [path for app in APPS for path in (BASE / app).glob("**/tests*/test_*.py")]
    known = {name for path in files for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.M)}
    named = set(re.findall(r"`(test_\w+)`", PAGE)) - {"test_faults", "test_faults_work"}
    assert len(named) > 30
    assert named <= known


def test_every_file_that_is_named_exists():
    named = set(re.findall(r"`((?:lexintel|cases|documents|extraction|search)/[\w/]+\.py)`", PAGE))
    assert len(named) > 10
    assert not [name for name in named if not (BASE / name).exists()]
