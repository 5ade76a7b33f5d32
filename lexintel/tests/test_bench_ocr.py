"""`manage.py bench ocr`: its yardstick, its pages, and that it says with what it was compared."""

import random

import numpy as np
import pytest

from lexintel.benchmarks import ocr_damage, ocr_pages, ocr_quality
from lexintel.benchmarks.edit_distance import character_error_rate, distance, word_f1


def by_the_book(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def test_the_distance_is_levenshteins():
    chosen = random.Random(5)
    for _ in range(300):
        one, other = ("".join(chosen.choices("abc ", k=chosen.randrange(90))) for _ in range(2))
        assert distance(one, other) == by_the_book(one, other)


def test_white_space_and_ligatures_are_forgiven_and_nothing_else():
    assert character_error_rate("The  ﬁrst\nday", "The first day") == 0
    assert character_error_rate("the first day", "The first day") == pytest.approx(1 / 13)
    assert word_f1("day first The", "The first day") == 1
    assert word_f1("The", "The first day") == pytest.approx(0.5)


def test_pages_are_the_same_for_the_same_seed_and_of_both_origins():
    first, again = ocr_pages.pages(4, 3), ocr_pages.pages(4, 3)
    assert [(page.name, page.text) for page in first] == [(page.name, page.text) for page in again]
    assert sum(" pt" in page.name for page in first) == 2
    assert all(len(page.text) > 300 for page in first)


def test_damage_changes_the_picture_and_not_its_size_but_for_turning():
    page = ocr_pages.pages(2, 3)[1]
    clean = page.picture(200)
    for condition in ocr_damage.CONDITIONS:
        picture = condition.make(page, np.random.default_rng(1))
        wanted = [round(side * condition.dpi / 200) for side in clean.size]
        got = list(picture.size) if condition.name != "on_its_side_200" else list(picture.size)[::-1]
        assert np.abs(np.subtract(got, wanted)).max() <= 2, condition.name
        assert condition.name.startswith("clean") or np.asarray(picture).tobytes() != np.asarray(clean).tobytes()


@pytest.mark.parametrize("installed", [True, False])
def test_a_clean_page_is_read_nearly_without_error_and_the_comparison_is_named(monkeypatch, installed):
    if not installed:
        monkeypatch.setattr(ocr_quality.shutil, "which", lambda name: None)
    elif not ocr_quality.shutil.which("tesseract"):
        pytest.skip("tesseract is not installed")
    result = ocr_quality.run(pages=1, only="clean_200")
    assert result["pages"] == 1
    assert result["clean_200"]["cer"] < 0.01 and result["clean_200"]["word_f1"] > 0.95
    assert result["tesseract"].startswith("tesseract ") if installed else result["tesseract"] == ocr_quality.ABSENT
    assert ("tesseract_cer" in result["clean_200"]) == installed
