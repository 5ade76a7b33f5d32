"""A quotation with typos still finds its source."""

import random

import pytest

from search.engine import search
from search.scope import scope_for

PAGES = [
    f"Item {n}: the {a} of the {b} was delivered to the {c} without any further {d} on that day."
    for n, (a, b, c, d) in enumerate(
        (a, b, c, d)
        for a in ("anchor", "cable", "engine", "rudder")
        for b in ("ferry", "barge", "trawler")
        for c in ("harbour", "warehouse")
        for d in ("inspection", "payment")
    )
]


def with_typos(text: str, dice: random.Random) -> str:
    for _ in range(2):
        place = dice.choice([i for i, c in enumerate(text) if c.isalpha()])
        text = text[:place] + dice.choice("qxzvk") + text[place + 1 :]
    return text


@pytest.fixture
def items(case, make_document):
    return make_document(case, PAGES, name="items.txt")


def test_a_verbatim_fragment_comes_first(items, alice):
    dice = random.Random(7)
    for page in dice.sample(range(len(PAGES)), 6):
        words = PAGES[page].split()
        fragment = " ".join(words[2:16])
        assert search(fragment, scope_for(alice)).passages[0].page == page + 1


def test_a_fragment_with_two_typos_is_among_the_first(items, alice):
    dice = random.Random(11)
    for page in dice.sample(range(len(PAGES)), 6):
        fragment = with_typos(" ".join(PAGES[page].split()[2:16]), dice)
        found = search(fragment, scope_for(alice), mode="lexical")
        assert page + 1 in [p.page for p in found.passages[:10]], fragment
        assert found.passages[0].why in ("nearly exact", "exact")


def test_an_outsiders_near_quotation_finds_nothing(items, charlie):
    assert search(with_typos(PAGES[3], random.Random(1)), scope_for(charlie)).total == 0


def test_a_question_is_not_taken_for_a_quotation(items, alice):
    found = search("Which vessel needed a new rudder in the spring?", scope_for(alice), mode="lexical")
    assert all(p.why != "nearly exact" for p in found.passages)
