"""What a PDF says about itself."""

import pytest

from extraction.readers.pdf_facts import iso_time


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("D:20210818121852+04'18'", "2021-08-18T12:18:52+04:18"),
        ("D:20210818121852-05'00", "2021-08-18T12:18:52-05:00"),
        ("D:20210818121852Z00'00'", "2021-08-18T12:18:52+00:00"),
        ("D:20210818121852", "2021-08-18T12:18:52"),
        ("20210818", "2021-08-18T00:00:00"),
        ("D:2021", "2021-01-01T00:00:00"),
        ("D:20211399", "D:20211399"),
        ("yesterday", "yesterday"),
        ("", ""),
    ],
)
def test_times_are_told_as_everywhere_else_and_what_is_none_as_it_is(written, meant):
    assert iso_time(written) == meant
