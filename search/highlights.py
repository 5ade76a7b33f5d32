"""Which characters of a text to mark for a question: offsets, never markup.

PostgreSQL decides which words match, as it did when it searched: one query asks for the stems of the distinct words.
Where they stand, and which of them form a phrase, is worked out here.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import connection

from extraction.folding import WORD, fold
from search.lanes.tsqueries import CONFIG
from search.language.matching import Lexicon, Span, Text, all_atoms, expression, find, is_pattern
from search.language.tree import leaves, units
from search.query import Query

Stems = frozenset[str]

SQL = f"SELECT word, tsvector_to_array(to_tsvector('{CONFIG}', word)) FROM unnest(%s::text[]) word"  # noqa: S608
NONE: Stems = frozenset()


class _Word(NamedTuple):
    start: int
    end: int
    stems: Stems


def highlight_page(text: str, query: Query) -> list[Span]:
    """What to mark in a page's text: sorted spans [start, end) of characters that do not overlap."""
    return highlight([text], query)[0]


def highlight(texts: Sequence[str], query: Query) -> list[list[Span]]:
    """What to mark in each of these texts; one SQL query for all of them."""
    folded = [fold(text) for text in texts]
    mark = _highlight_units if query.uses_operators else _highlight
    spans = mark([f.text for f in folded], query)
    return [[f.span(a, b) for a, b in found] for f, found in zip(folded, spans, strict=True)]


def _highlight(texts: Sequence[str], query: Query) -> list[list[Span]]:
    asked = set(_words(query.text))
    if not asked:
        return [[] for _ in texts]
    stems = _stems(asked | _candidates(texts, asked))
    runs = [_trimmed([stems[word] for word in _words(run)]) for run in _runs(query)]
    single = NONE.union(*(stems[word.lower()] for word in query.terms if WORD.fullmatch(word)))
    every = NONE.union(*(stems[word] for word in asked))
    return [_mark(text, [run for run in runs if run], single, every, stems) for text in texts]


def _highlight_units(texts: Sequence[str], query: Query) -> list[list[Span]]:
    """Of a question with operators: the words of every unit where it stands as was asked."""
    wanted = list(dict.fromkeys(units(query.tree, positive=True)))
    single = list(dict.fromkeys(leaf for unit in wanted for leaf in leaves(unit)))
    lexicon = _lexicon(texts, set().union(*map(all_atoms, wanted)) if wanted else set())
    words = {word for same in lexicon.values() for word in same}
    marked = []
    for text in texts:
        row = Text(text, words)
        matches = [match for unit in wanted for match in find(unit, row, lexicon)]
        # Asked for near each other, and only one of them in this part of the page: it is why the part was found.
        matches = matches or [match for leaf in single for match in find(leaf, row, lexicon)]
        marked.append(_merged([row.characters(*mark) for match in matches for mark in match.marks]))
    return marked


def _lexicon(texts: Sequence[str], asked: set[str]) -> Lexicon:
    """What of the texts counts as the words and patterns of a question."""
    patterns = {atom for atom in asked if is_pattern(atom)}
    words = asked - patterns
    stems = _stems(words | _candidates(texts, words)) if words else {}
    by_stem: dict[str, set[str]] = {}
    for word, known in stems.items():
        for stem in known:
            by_stem.setdefault(stem, set()).add(word)
    lexicon = {word: {word}.union(*(by_stem[stem] for stem in stems[word])) for word in words}
    if patterns:
        there = {word for text in texts for word in _words(text)}
        lexicon |= {pattern: set(filter(expression(pattern).fullmatch, there)) for pattern in patterns}
    return lexicon


def _runs(query: Query) -> list[str]:
    """What is to stand together: phrases, terms such as 24-cv-01234, and a question without phrases as a whole."""
    compounds = [term for term in query.terms if not WORD.fullmatch(term)]
    return [*query.phrases, *compounds, *([] if query.phrases else [query.text])]


def _trimmed(run: list[Stems]) -> list[Stems]:
    """Without words too common for the index at either end: nobody can say that they match."""
    known = [place for place, stems in enumerate(run) if stems]
    return run[known[0] : known[-1] + 1] if known else []


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]


def _candidates(texts: Iterable[str], asked: set[str]) -> set[str]:
    """Distinct words that can match at all: stemming never changes a word's first letter."""
    initials = {word[0] for word in asked}
    return {word for text in texts for word in _words(text) if word[0] in initials}


def _stems(words: set[str]) -> dict[str, Stems]:
    with connection.cursor() as cursor:
        cursor.execute(SQL, [sorted(words)])
        return {word: frozenset(stems) for word, stems in cursor.fetchall()}


def _mark(text: str, runs: list[list[Stems]], single: Stems, every: Stems, stems: dict[str, Stems]) -> list[Span]:
    words = [_Word(*match.span(), stems.get(match[0].lower(), NONE)) for match in WORD.finditer(text)]
    # Few words of a text match at all; looking only at these makes the rest cheap.
    places = [place for place, word in enumerate(words) if word.stems & every]
    spans = [span for run in runs for span in _find(words, places, run)]
    spans += [(words[place].start, words[place].end) for place in places if words[place].stems & single]
    # Nothing in one piece: then the parts of phrases show at least why this text was found.
    return _merged(spans or [(words[place].start, words[place].end) for place in places])


def _find(words: list[_Word], places: list[int], run: list[Stems]) -> list[Span]:
    """Where the words stand one after the other. A word too common for the index matches any, as it does there."""
    found = []
    for place in places:
        here = words[place : place + len(run)]
        if len(here) == len(run) and all(
            not wanted or word.stems & wanted for word, wanted in zip(here, run, strict=True)
        ):
            found.append((here[0].start, here[-1].end))
    return found


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
