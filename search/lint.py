"""What a careful colleague would say about a question: words that cannot be found, and what was perhaps meant."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from search.conditions import Condition
from search.deadline import TookTooLong, at_most
from search.language.matching import atoms, is_pattern
from search.language.tree import Unit, Wildcard, Word, leaves, units
from search.query import Query
from search.scope import Scope
from search.vocabulary import occurring, suggestion, unknown

# Each costs a look into the vocabulary; a question with more unknown words is not a question about these documents.
MOST_EXPLAINED = 5
MOST_EXAMPLES = 4
# Help that nobody waits for long.
SECONDS = 0.3


@dataclass
class Remarks:
    """`said`: sentences; `meant`: for words that occur nowhere, those that were perhaps meant."""

    said: list[str] = field(default_factory=list)
    meant: dict[str, str] = field(default_factory=dict)


def remarks(query: Query, scope: Scope, held: Condition | None) -> Remarks:
    """About the words of the question in this scope. They name no word that does not occur in it, except those of the
    question itself. Where that takes more than SECONDS a query, there are none."""
    if not scope.case_ids or not query.text:
        return Remarks()
    try:
        with at_most(SECONDS):
            return _remarks(query, scope, held)
    except TookTooLong:
        return Remarks()


def with_words_meant(question: str, meant: Mapping[str, str]) -> str:
    """The question with words that occur nowhere replaced, empty if there is none."""
    if not meant:
        return ""
    either = "|".join(map(re.escape, sorted(meant, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", lambda found: meant.get(found[0], found[0]), question)


def _remarks(query: Query, scope: Scope, held: Condition | None) -> Remarks:
    said = _wildcards(query, scope, held) if held is not None else []
    without = _without_hits(query, scope, held)
    for word, meant in without.items():
        said.append(f"“{word}”: 0 hits; did you mean “{meant}”?" if meant else f"“{word}”: 0 hits.")
    return Remarks(said, {word: meant for word, meant in without.items() if meant})


def _wildcards(query: Query, scope: Scope, held: Condition) -> list[str]:
    """How many words each wildcard stands for, and examples."""
    said = []
    every = [leaf for unit in units(query.tree) for leaf in leaves(unit) if isinstance(leaf, Wildcard)]
    for wildcard in list(dict.fromkeys(every))[:MOST_EXPLAINED]:
        for atom in atoms(wildcard):
            expansion = held.words.expansions.get(atom)
            if expansion is None or not expansion.words:
                continue
            shortest = sorted(expansion.words, key=lambda word: (len(word), word))[: 3 * MOST_EXAMPLES]
            there = set(occurring(shortest, scope))
            examples = [word for word in shortest if word in there][:MOST_EXAMPLES]
            if not examples:
                continue
            # The vocabulary may still know words of documents that are gone; the number says how wide the net is.
            more = len(expansion.words) - len(examples)
            tail = f" and {more:,} more" if more > 0 else ""
            said.append(f"“{wildcard.pattern}” stands for {', '.join(examples)}{tail}.")
        if wildcard.pattern.startswith(("*", "?")):
            said.append(f"“{wildcard.pattern}” has no beginning, so it may find more than you expect.")
    return said


def _without_hits(query: Query, scope: Scope, held: Condition | None) -> dict[str, str]:
    """Words that stand nowhere, each with the one that was perhaps meant."""
    if held is not None and query.uses_operators:
        missing = _missing(units(query.tree, positive=True), held, scope)
    else:
        missing = unknown(query.terms, scope)
    return {word: "" if "*" in word or "?" in word else suggestion(word, scope) for word in missing[:MOST_EXPLAINED]}


def _missing(wanted: Iterable[Unit], held: Condition, scope: Scope) -> list[str]:
    """Words and wildcards that stand nowhere, by themselves or inside w/n."""
    alone: list[str] = []
    others: list[str] = []
    for unit in dict.fromkeys(wanted):
        if isinstance(unit, Word | Wildcard):
            if not held.documents.get(unit, True):
                alone.append(unit.text if isinstance(unit, Word) else unit.pattern)
            continue
        for leaf in leaves(unit):
            if isinstance(leaf, Word):
                others.append(leaf.text)
            elif isinstance(leaf, Wildcard):
                alone += [leaf.pattern] if _fits_nothing(leaf, held) else []
                others += [atom for atom in atoms(leaf) if not is_pattern(atom)]
    return list(dict.fromkeys([*alone, *(unknown(others, scope) if others else [])]))


def _fits_nothing(wildcard: Wildcard, held: Condition) -> bool:
    expansions = [held.words.expansions.get(atom) for atom in atoms(wildcard)]
    return any(expansion is not None and not expansion.words for expansion in expansions)
