"""What stands where in a text, word by word."""

import pytest

from search.language.matching import Text, all_atoms, expression, find, is_pattern
from search.language.tree import Node
from search.query import parse

TEXT = (
    "The buyer shall pay the price. The seller delivers the goods to the buyer within ten days.\n\n"
    "Either party may end this agreement in writing; the goods of the buyer are then returned."
)


def found(question: str, text: str = TEXT) -> list[str]:
    node: Node | None = parse(question).tree
    assert node is not None
    atoms = all_atoms(node)
    words = {word.lower().strip(".;") for word in text.split()}
    lexicon = {a: {w for w in words if expression(a).fullmatch(w)} if is_pattern(a) else {a} for a in atoms}
    row = Text(text, set().union(*lexicon.values()))
    return [text[slice(*row.characters(match.first, match.last))] for match in find(node, row, lexicon)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "spans"),
    [
        ("buyer w/2 pay", ["buyer shall pay"]),
        ("pay w/2 buyer", ["buyer shall pay"]),
        ("pay pre/2 buyer", []),
        ("buyer pre/2 pay", ["buyer shall pay"]),
        ("buyer w/1 pay", []),
        ("goods w/3 buyer", ["goods to the buyer", "goods of the buyer"]),
        ("goods NOT w/3 buyer", []),
        ("buyer NOT w/3 goods", ["buyer"]),
        ("(price OR pri*) w/2 pay", ["pay the price"]),
        ("“the goods” w/3 buyer", ["the goods to the buyer", "the goods of the buyer"]),
        ("buyer w/s pay", ["buyer shall pay"]),
        ("price w/s seller", []),
        ("price w/p seller", ["price. The seller"]),
        ("price w/p agreement", []),
        ("buyer w/5 buyer", []),
        ("(seller w/3 goods) w/4 buyer", ["seller delivers the goods to the buyer"]),
        ("del?vers w/9 zzz", []),
    ],
)
def test_units_stand_where_they_are_asked_for(question: str, spans: list[str]) -> None:
    assert found(question) == spans


def test_many_places_stay_bounded() -> None:
    assert len(found("a1 w/5000 b1", "a1 b1 " * 2000)) == 500


def test_a_text_without_the_words_has_no_places() -> None:
    assert found("zeppelin w/5 airship", "") == []
