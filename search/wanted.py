"""The units of a question with operators, ready to be looked for: as the index can find them, and word by word.

Word breach       tsquery 'breach'
Wildcard inde*    tsquery 'inde':* | …, and a regular expression where the index alone would find too much
Near, Phrase …    tsqueries that must all find something on a page; the page's text then decides
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from search.lanes.tsqueries import any_lexeme, any_of, in_a_row, one_word
from search.language.matching import Lexicon, all_atoms, atoms, is_pattern
from search.language.tree import Near, Node, Or, Phrase, Unit, Wildcard, Within, Word, leaves, units
from search.scope import Sql
from search.vocabulary import Expansion, endings, expand

COMMON = f"SELECT word FROM unnest(%s::text[]) AS a(word) WHERE numnode({in_a_row('a.word')}) = 0"  # noqa: S608


@dataclass(frozen=True)
class Words:
    """What the single words of a question stand for in the cases searched.

    lexicon     see language.matching
    expansions  of the patterns
    common      words that the index does not have, because every text has them
    """

    lexicon: Lexicon = field(default_factory=dict)
    expansions: Mapping[str, Expansion] = field(default_factory=dict)
    common: frozenset[str] = frozenset()


def words_of(tree: Node | None, case_ids: Sequence[UUID]) -> Words:
    """Two SQL queries, and two more for each wildcard. Raises QueryError(wildcard_too_wide)."""
    every = {atom for unit in units(tree) for atom in all_atoms(unit)}
    patterns = {atom for atom in every if is_pattern(atom)}
    texts = {text for unit in units(tree) for text in _texts(unit)}
    if not every and not texts:
        return Words()
    expansions = {pattern: expand(pattern, case_ids) for pattern in sorted(patterns)}
    with connection.cursor() as cursor:
        cursor.execute(COMMON, [sorted(texts)])
        common = frozenset(word for (word,) in cursor.fetchall())
    lexicon: dict[str, frozenset[str]] = {
        word: frozenset(same) for word, same in endings(every - patterns, case_ids).items()
    }
    lexicon |= {pattern: frozenset(expansion.words) for pattern, expansion in expansions.items()}
    return Words(lexicon, expansions, common)


def is_common(unit: Unit, words: Words) -> bool:
    """Whether the index cannot look for the unit: it holds nothing but words that every text has."""
    return not needed(unit, words)


def on_its_own(unit: Unit) -> bool:
    """Whether the index alone can tell where the unit stands."""
    return isinstance(unit, Word) or (not isinstance(unit, Near | Within) and len(atoms(unit)) == 1)


def needed(node: Node, words: Words) -> list[Sql]:
    """Tsqueries each of which finds something on every page that the unit stands on; none if nothing can be said."""
    if isinstance(node, Near | Within):
        return [*needed(node.left, words), *([] if node.apart else needed(node.right, words))]
    if isinstance(node, Or):
        # One of the alternatives; of each, its first tsquery will do.
        firsts = [needed(child, words)[:1] for child in node.children]
        return [any_of([first[0] for first in firsts])] if all(firsts) else []
    if isinstance(node, Wildcard):
        return _first_of_pattern(node, words)
    if isinstance(node, Word | Phrase):
        return [one_word(text) for text in dict.fromkeys(_texts(node)) if text not in words.common]
    return []


def verification(unit: Unit, words: Words) -> str:
    """A regular expression of PostgreSQL that a chunk must fulfil besides, empty if none is needed."""
    if not isinstance(unit, Wildcard):
        return ""
    # “invented.*” is a wildcard with nothing but a whole word in it.
    expansion = words.expansions.get(atoms(unit)[0])
    if expansion and expansion.exact:
        return ""
    letters = {"*": "[[:alnum:]]*", "?": "[[:alnum:]]"}
    return rf"\m{''.join(letters.get(character, character) for character in atoms(unit)[0])}\M"


def _first_of_pattern(node: Wildcard, words: Words) -> list[Sql]:
    made = atoms(node)
    if is_pattern(made[0]):
        return [any_lexeme(words.expansions[made[0]].lexemes)]
    # “u.s.*”: the index has U.S.C. in one piece, harlow-00123 in two.
    return [any_of([one_word(made[0]), any_lexeme([f"{made[0]}*"])])]


def _texts(node: Node) -> list[str]:
    """The words of a unit as the index reads them: 24-cv-01234 is one here."""
    if isinstance(node, Near | Within):
        return [*_texts(node.left), *_texts(node.right)]
    if isinstance(node, Or):
        return [text for child in node.children for text in _texts(child)]
    return [
        text
        for leaf in leaves(node)
        if not isinstance(leaf, Wildcard)
        for text in ([leaf.text] if isinstance(leaf, Word) else leaf.text.split())
    ]
