"""Which pages need OCR: judged on hundreds of pages of every kind, made anew for seeds that nothing was fitted to."""

from collections import Counter

import pytest

from extraction.ocr.decision import NEEDING
from extraction.readers import text_quality
from extraction.tests import labelled_pages
from extraction.tests.pdf_making import made, pages

OF_EACH, RIGHT = 9, 0.98


@pytest.mark.parametrize("seed", [2311, 4099])
def test_of_labelled_pages_at_least_98_in_100_are_judged_rightly(seed):
    labelled = labelled_pages.labelled(seed, OF_EACH)
    assert len(labelled) >= 200
    wrong: Counter[str] = Counter()
    for page in labelled:
        (found,) = pages(page.pdf)
        if (found.reason in NEEDING) != page.needs:
            wrong[f"{page.kind}: {'needs OCR' if page.needs else 'needs none'}, judged {found.reason or 'text'}"] += 1
    right = 1 - wrong.total() / len(labelled)
    assert right >= RIGHT, f"{right:.1%} right; wrong: " + "; ".join(f"{n} × {what}" for what, n in wrong.items())


@pytest.mark.parametrize(
    "row",
    [
        "06/24/2020 Adj.17302 619,795.63 77% Ck4471 Inv.90",
        "9f86d081884c7d659a2feaa0c55ad015 4.1 MB",
        "S/N 75E9A1D7D1FE5 rev 3",
        "PKZQ-60/C518 PKZQ-59/A577",
    ],
)
def test_letters_that_belong_to_numbers_are_no_garbage(row):
    lines = "\n".join(row.replace("1", str(n)).replace("7", str(n * 3)) for n in range(30))
    assert text_quality.score(lines) >= text_quality.GARBAGE


def test_the_same_garbage_on_every_row_stays_garbage():
    assert text_quality.score("7KH&RXUW KHUHEB RUGHUV WKDW GHIHQGDQWV PRWLRQ EH JUDQWHG LQ SDUW DQG GHQLHG\n" * 9) < 0.6


def test_a_plot_of_many_marks_is_no_text_in_outlines():
    def plot(canvas):
        for n in range(300):
            canvas.circle(80 + n, 300 + n * 7 % 200, 3, fill=1)

    (page,) = pages(made(plot))
    assert (page.state, page.reason) == ("blank", "drawing")
