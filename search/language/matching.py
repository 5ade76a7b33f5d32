"""Where in a text the units of a question stand, word by word. Plain Python; which words count as the same
(breach, breaches) is the caller's knowledge: a lexicon.

    … shall constitute a material breach of this contract unless …
      40    41         42 43       44    45 46  47       48         breach w/5 contract: words 44 and 47
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from extraction.folding import WORD
from extraction.sentences import sentences
from search.language.tree import Near, Node, Or, Phrase, Unit, Wildcard, Within, Word, leaves

_ATOM = re.compile(r"(?:[^\W_]+[\u0300-\u036f]*|[*?])+")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
# A page with more of them shows nothing that the first did not.
MOST_MATCHES = 500

# A word or pattern of the question, in lower case → the words of texts that count as it.
Lexicon = Mapping[str, Collection[str]]
Span = tuple[int, int]


class Match(NamedTuple):
    """From the word `first` to the word `last`; `marks` are the words that were looked for, as such pairs."""

    first: int
    last: int
    marks: tuple[Span, ...]


# Of a match of the left side, those of the right side that are near enough.
Nearby = Callable[[Match], Iterator[Match]]


def atoms(leaf: Word | Wildcard | Phrase) -> list[str]:
    """The single words and patterns that follow one another in a leaf, in lower case."""
    if isinstance(leaf, Wildcard):
        return [atom for atom in _ATOM.findall(leaf.pattern.lower()) if atom.strip("*?")]
    return [word.lower() for word in WORD.findall(leaf.text)]


def all_atoms(node: Node | None) -> set[str]:
    """The atoms of all that stands below a node, of what stands apart as well."""
    if isinstance(node, Near | Within):
        return all_atoms(node.left) | all_atoms(node.right)
    if isinstance(node, Or):
        return set().union(*map(all_atoms, node.children))
    return {atom for leaf in leaves(node) for atom in atoms(leaf)}


def is_pattern(atom: str) -> bool:
    return "*" in atom or "?" in atom


def expression(atom: str) -> re.Pattern[str]:
    """The words that a pattern stands for."""
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in atom), re.DOTALL)


class Text:
    """A text as a row of words; only places of words in `wanted` are kept."""

    def __init__(self, text: str, wanted: Collection[str]) -> None:
        self.text = text
        self.words = WORD.findall(text)
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(map(str.lower, self.words)):
            if word in wanted:
                self.places.setdefault(word, []).append(place)

    @cached_property
    def starts(self) -> list[int]:
        """Of every word, where it begins. Added up: asking the regular expression again costs five times as much."""
        between = accumulate(map(len, WORD.split(self.text)))
        before = accumulate(map(len, self.words), initial=0)
        return [gap + said for gap, said in zip(between, before, strict=True)][:-1]

    def characters(self, first: int, last: int) -> Span:
        return self.starts[first], self.starts[last] + len(self.words[last])

    @cached_property
    def _sentences(self) -> list[int]:
        return [start for start, _ in sentences(self.text)]

    @cached_property
    def _paragraphs(self) -> list[int]:
        return [0, *(match.end() for match in _PARAGRAPH_END.finditer(self.text))]

    def unit_of(self, match: Match, unit: str) -> int | None:
        """The number of the sentence or paragraph that a match stands in, None if it crosses the end of one."""
        starts = self._sentences if unit == "sentence" else self._paragraphs
        first = bisect_right(starts, self.starts[match.first])
        return first if first == bisect_right(starts, self.starts[match.last]) else None


def find(node: Unit | Or, text: Text, lexicon: Lexicon) -> list[Match]:
    """Where the unit stands in the text, in order; at most MOST_MATCHES."""
    return list(dict.fromkeys(sorted(_find(node, text, lexicon))))[:MOST_MATCHES]


def _find(node: Node, text: Text, lexicon: Lexicon) -> list[Match]:
    if isinstance(node, Or):
        return [match for child in node.children for match in _find(child, text, lexicon)]
    if isinstance(node, Near | Within):
        lefts, rights = (sorted(_find(side, text, lexicon)) for side in (node.left, node.right))
        if not lefts or not (rights or node.apart):
            return []
        near = _words_near(node, rights) if isinstance(node, Near) else _same_unit(node, rights, text)
        if node.apart:
            return [left for left in lefts if not any(near(left))]
        return _joined(lefts, near)
    if isinstance(node, Word | Wildcard | Phrase):
        return _run([lexicon.get(atom, ()) for atom in atoms(node)], text)
    raise TypeError(type(node).__name__)


def _run(run: list[Collection[str]], text: Text) -> list[Match]:
    places = [{place for word in words for place in text.places.get(word, ())} for words in run]
    if not places:
        return []
    starts = (start for start in sorted(places[0]) if all(start + n in more for n, more in enumerate(places)))
    return [Match(start, end := start + len(places) - 1, ((start, end),)) for start in starts]


def _joined(lefts: list[Match], near: Nearby) -> list[Match]:
    found = []
    for left in lefts:
        for right in near(left):
            first, last = min(left.first, right.first), max(left.last, right.last)
            found.append(Match(first, last, tuple(sorted({*left.marks, *right.marks}))))
            if len(found) >= MOST_MATCHES:
                return found
    return found


def _words_near(node: Near, rights: list[Match]) -> Nearby:
    starts = [match.first for match in rights]
    longest = max((match.last - match.first for match in rights), default=0)

    def near(left: Match) -> Iterator[Match]:
        for right in rights[bisect_right(starts, left.last) : bisect_right(starts, left.last + node.distance)]:
            yield right
        if not node.ordered:
            earliest = left.first - node.distance - longest
            for right in rights[bisect_left(starts, earliest) : bisect_left(starts, left.first)]:
                if 0 < left.first - right.last <= node.distance:
                    yield right

    return near


def _same_unit(node: Within, rights: list[Match], text: Text) -> Nearby:
    by_unit: dict[int | None, list[Match]] = {}
    for match in rights:
        by_unit.setdefault(text.unit_of(match, node.unit), []).append(match)

    def near(left: Match) -> Iterator[Match]:
        unit = text.unit_of(left, node.unit)
        if unit is not None:
            yield from (r for r in by_unit.get(unit, ()) if r.first > left.last or r.last < left.first)

    return near
