"""What is seen at a glance: never less than what reading word by word finds."""

import random

import pytest

from search.language.glance import glance
from search.language.matching import Text, all_atoms, find
from search.language.tree import Near, Or, Phrase, Within, Word

LEXICON = {
    "breach": {"breach", "breaches"},
    "contract": {"contract", "contracts", "contractual"},
    "of": {"of"},
    "law": {"law", "laws"},
}
UNITS = [
    Phrase("breach of contract"),
    Phrase("contract"),
    Near(Word("breach"), Word("contract"), 1),
    Near(Word("breach"), Word("contract"), 3),
    Near(Word("breach"), Word("contract"), 3, ordered=True),
    Near(Phrase("breach of"), Or((Word("law"), Word("contract"))), 2),
    Near(Word("breach"), Word("breach"), 2),
]


@pytest.mark.parametrize("unit", UNITS, ids=str)
def test_no_text_in_which_a_unit_stands_is_passed_over(unit):
    chance = random.Random(7)
    words = ["breach", "Breaches", "contracts", "of", "law", "x", "contractor", "un_breach", "1"]
    gaps = [" ", "  ", ", ", "-", "_", ".\n\n", "\t"]
    seen, stands, passed_over = glance(unit, LEXICON), 0, 0
    wanted = {word for atom in all_atoms(unit) for word in LEXICON[atom]}
    for _ in range(4000):
        text = "".join(chance.choice(words) + chance.choice(gaps) for _ in range(chance.randint(1, 8)))
        found = bool(find(unit, Text(text, wanted), LEXICON))
        assert seen.search(text.lower()) or not found, text
        stands, passed_over = stands + found, passed_over + (not seen.search(text.lower()))
    assert stands > 5 and passed_over > 500


def test_what_cannot_be_seen_at_a_glance_is_read():
    assert glance(Within(Word("breach"), Word("law"), "sentence"), LEXICON) is None
    assert glance(Near(Word("breach"), Word("law"), 3, apart=True), LEXICON) is None
    assert glance(Near(Word("breach"), Word("law"), 10_000), LEXICON) is None
    assert glance(Phrase("breach unknown"), LEXICON) is None
    assert glance(Phrase("law"), {"law": {f"law{n}" for n in range(1000)}}) is None
