"""Every reader within the walls: no file but the Python tree, no network, no writing, a gigabyte of memory.

A library that looks at the machine, writes a temporary file or loads something late works in a test and fails there.
"""

import tempfile

import pytest

from extraction.confinement.frames import MemberBegins, MemberEnds
from extraction.confinement.runner import Limits, Outcome, Reader
from extraction.errors import ExtractionError
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions
from extraction.tests.made_files import read
from extraction.tests.test_readers_robust import SAMPLES

LIMITS = Limits(soft_s=30, hard_s=40, page_s=20)


@pytest.fixture(scope="module")
def reader():
    made = Reader()
    yield made
    made.close()


def within(reader: Reader, media_type: str, data: bytes) -> dict[str, object]:
    """What comes out of the confined child."""
    found: dict[str, object] = {"pages": [], "members": [], "codes": []}
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            for item in reader.read(file.fileno(), media_type, ReadOptions(), LIMITS, tick=lambda: None):
                if isinstance(item, DocumentInfo):
                    found["warnings"] = item.warnings
                elif isinstance(item, PageRead):
                    found["pages"].append((item.text, item.label, item.marks))
                elif isinstance(item, MemberBegins):
                    found["members"].append(item.path)
                elif isinstance(item, MemberEnds):
                    found["codes"].append(item.code)
                elif isinstance(item, Outcome):
                    found["error"] = item.error_code
        except ExtractionError as error:
            return {"refused": error.code}
    return found


@pytest.mark.parametrize("media_type", sorted(SAMPLES))
def test_a_confined_reader_gives_what_a_free_one_does(reader, media_type):
    try:
        free = read(media_type, SAMPLES[media_type])
    except ExtractionError as error:
        assert within(reader, media_type, SAMPLES[media_type]) == {"refused": error.code}
        return
    assert within(reader, media_type, SAMPLES[media_type]) == {
        "warnings": free.info.warnings,
        "pages": [(page.text, page.label, page.marks) for page in free.pages],
        "members": list(free.members),
        "codes": [""] * len(free.members),
        "error": None,
    }
