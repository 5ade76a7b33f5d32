"""docs/WORKERS.md says of every error code what the table says."""

import re
from pathlib import Path

from django.conf import settings

from extraction.errors import ERRORS

PAGE = Path(settings.BASE_DIR) / "docs" / "WORKERS.md"


def test_the_page_lists_every_code_with_its_kind_and_advice_and_no_other():
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (.+?) \|$", PAGE.read_text(), re.M)
    kinds = {True: "permanent", False: "retryable"}
    assert rows == [(k.code, kinds[k.permanent], k.message, k.advice) for k in ERRORS.values()]
