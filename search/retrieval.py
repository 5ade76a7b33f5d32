"""From a question to ranked chunks:

    Query ─ condition ─▶ what its operators and fields leave of the scope
          ─ route ─▶ the named documents and the bare question, if it names any
          ─ concepts ─▶ how passages say what is asked
          ─▶ phrase │ words │ meaning │ typos, each lane in one round trip and inside the scope ─▶ fuse ─▶ rerank

What the lanes find in named documents comes before what they find elsewhere. A lane that takes too long or cannot
run is left out, and the notes say so. A question with operators has one lane: they are followed to the letter.
"""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from django.conf import settings

from search import query_vector
from search.concepts import concepts_in
from search.conditions import Condition, condition
from search.deadline import TookTooLong, at_most
from search.fusion import LEXICAL_WEIGHT, LEXICAL_WEIGHT_OF_CONCEPTS, TIER, Ranked, fuse
from search.lanes import Hit
from search.lanes.approximate import approximate
from search.lanes.lexical import lexical_with
from search.lanes.openings import openings
from search.lanes.operators import operators
from search.lanes.phrase import phrase
from search.lanes.phrase_over_border import phrase_over_border
from search.lanes.semantic import QueryVector, semantic
from search.language.tree import fields, units
from search.query import Query
from search.query_vector import Embeds
from search.reranking import reranked
from search.routing import Route, route
from search.scope import Scope

# Nobody pages further, and what a lane lists last is hardly better than chance.
WINDOW = 200
LANE_SECONDS = 2.0
# Each query that finds out which documents fulfil a question's operators; unlike a lane, it cannot be left out.
CONDITION_SECONDS = 1.5
# The first question of a process loads the model; a remote embedder may not answer.
VECTOR_SECONDS = 10.0

NO_EMBEDDER = "Search by meaning is not available now; only the words were searched."
NO_VECTORS = "Nothing here can be found by meaning yet."
NO_EXACT = "The exact words in quotation marks do not occur; these passages come nearest."
NO_WORDS = "None of the words occur; these passages are the nearest in meaning."
TOO_SLOW = "A part of the search took too long and was left out; results may be missing."

T = TypeVar("T")


class SearchTimeout(Exception):
    """No lane came to an end in time."""


@dataclass
class Retrieved:
    """`ranked`: best first, at most WINDOW. `named`: documents that the question names. `notes`: what to say.
    `held`: what the question's operators and fields left of the scope; None where nothing was looked for. `whole`:
    every part of the search had its say; another time there may be more."""

    ranked: list[Ranked] = field(default_factory=list)
    named: tuple[UUID, ...] = ()
    notes: list[str] = field(default_factory=list)
    held: Condition | None = None
    whole: bool = True


@dataclass
class _Found:
    """The lanes' lists over one scope."""

    exact: list[Hit] = field(default_factory=list)
    lexical: list[Hit] = field(default_factory=list)
    semantic: list[Hit] = field(default_factory=list)
    approximate: list[Hit] = field(default_factory=list)
    lexical_weight: float = LEXICAL_WEIGHT

    def fused(self, *, only_exact: bool) -> list[Ranked]:
        weight = self.lexical_weight
        lists = self.exact, self.approximate, self.lexical, self.semantic
        return fuse(*lists, only_exact=only_exact, lexical_weight=weight)


class _Clock:
    """Runs lanes one after the other, counts those that were too slow and keeps what they say."""

    def __init__(self) -> None:
        self.ran = self.too_slow = 0
        self.said: list[str] = []

    def run(self, lane: Callable[[], T], otherwise: T) -> T:
        self.ran += 1
        try:
            with at_most(LANE_SECONDS):
                return lane()
        except TookTooLong:
            self.too_slow += 1
            return otherwise


def retrieve(
    query: Query, scope: Scope, mode: str, embedder: Embeds | None = None, *, routed: bool = True
) -> Retrieved:
    """The chunks of the scope that answer the question.

    Raises SearchTimeout when every lane was too slow, or finding out which documents fulfil the question was, and
    QueryError(wildcard_too_wide). `routed` false: the documents that the question names are not looked for first.
    """
    if not scope.case_ids or not (query.text or query.pages or query.uses_operators or any(fields(query.tree))):
        return Retrieved()
    held = Condition(scope)
    if query.tree is not None or query.pages:
        try:
            with at_most(CONDITION_SECONDS):
                held = condition(query, scope)
                if not query.text or (query.uses_operators and mode != "semantic"):
                    ranked = _followed(query, held) if query.uses_operators else _openings(held)
                    return Retrieved(ranked, notes=list(held.notes), held=held)
        except TookTooLong:
            raise SearchTimeout from None
    with at_most(LANE_SECONDS):
        result = _answered(query, held.scope, mode, embedder, routed and not query.uses_operators)
    result.notes, result.held = [*held.notes, *result.notes], held
    return result


def _followed(query: Query, held: Condition) -> list[Ranked]:
    wanted = list(dict.fromkeys(units(query.tree, positive=True)))
    if not wanted:
        return _openings(held) if any(fields(query.tree)) or query.pages else []
    exact = len(wanted) == 1 and wanted[0] in held.matches
    ranked = [
        Ranked(
            hit.chunk_id,
            hit.document_id,
            hit.ordinal,
            round(units_held * TIER + hit.score, 6),
            "exact" if exact else "all words" if hit.complete else "words",
        )
        for hit, units_held in operators(wanted, held, WINDOW)
    ]
    if len(ranked) < WINDOW and any(fields(query.tree)):
        # “custodian:diaz OR winch”: of the first kind, some say nothing of a winch.
        listed = tuple(sorted({hit.document_id for hit in ranked}))
        rest = replace(held.scope, without=(*held.scope.without, *listed))
        ranked += _openings(replace(held, scope=rest))[: WINDOW - len(ranked)]
    return ranked


def _openings(held: Condition) -> list[Ranked]:
    hits = openings(held.scope, WINDOW)
    return [
        Ranked(hit.chunk_id, hit.document_id, hit.ordinal, 1 - place / WINDOW, "document")
        for place, hit in enumerate(hits)
    ]


def _answered(query: Query, scope: Scope, mode: str, embedder: Embeds | None, routed: bool) -> Retrieved:
    """By all the lanes of the mode."""
    result, clock = Retrieved(), _Clock()
    way = clock.run(lambda: route(query, scope), None) if routed else None
    asked = way.question if way else query.text
    words = " ".join(text for concept in concepts_in(asked, settings.CLAUSE_CONCEPTS) for text in concept.says)
    vector = query_vector.start(f"{asked} {words}".strip(), embedder) if mode != "lexical" else None
    inner = _in_named(way, query, scope, mode, words, clock) if way else None
    everywhere = _search(query, scope, mode, "" if way else words, clock)
    near = _wait(vector) if vector is not None else None
    if near is not None:
        everywhere.semantic = clock.run(lambda: semantic(near)(query, scope, WINDOW), [])
        if way and inner is not None:
            within = replace(scope, document_ids=way.document_ids)
            inner.semantic = clock.run(lambda: semantic(near)(query, within, WINDOW), [])
    if clock.too_slow and clock.too_slow == clock.ran:
        raise SearchTimeout
    only_exact = bool(query.phrases and everywhere.exact)
    ranked = _named_first(inner, everywhere, only_exact)[:WINDOW]
    result.ranked, not_reranked = reranked(query.text, ranked) if mode != "lexical" else (ranked, "")
    result.named = way.document_ids if way else ()
    answered = vector is None or near is not None
    notes = _notes(query, mode, everywhere, clock, answered=answered)
    result.whole = answered and not clock.too_slow and not not_reranked
    result.notes = [*notes, not_reranked] if not_reranked else notes
    return result


def _in_named(way: Route, query: Query, scope: Scope, mode: str, words: str, clock: _Clock) -> _Found:
    words_left = tuple(way.question.split())
    bare = Query(terms=words_left, phrases=(), excluded=(), text=way.question, raw=way.question)
    return _search(bare, replace(scope, document_ids=way.document_ids), mode, words, clock)


def _search(query: Query, scope: Scope, mode: str, words: str, clock: _Clock) -> _Found:
    found = _Found(lexical_weight=LEXICAL_WEIGHT_OF_CONCEPTS if words else LEXICAL_WEIGHT)
    if mode == "semantic":
        return found
    found.exact = clock.run(lambda: phrase(query, scope, WINDOW), [])
    if not found.exact and len(query.phrases) == 1:
        found.exact = clock.run(lambda: phrase_over_border(query, scope, WINDOW), [])
    found.lexical = clock.run(lambda: lexical_with(words, clock.said.append)(query, scope, WINDOW), [])
    if not found.exact:
        found.approximate = clock.run(lambda: approximate(query, scope, WINDOW, among=found.lexical), [])
    return found


def _named_first(inner: _Found | None, everywhere: _Found, only_exact: bool) -> list[Ranked]:
    others = everywhere.fused(only_exact=only_exact)
    if inner is None or everywhere.exact:
        return others
    first = [replace(ranked, why=f"named document, {ranked.why}") for ranked in inner.fused(only_exact=False)]
    listed = {ranked.chunk_id for ranked in first}
    rest = [ranked for ranked in others if ranked.chunk_id not in listed]
    # One descending order of scores over both parts.
    lift = max((ranked.score for ranked in rest), default=0.0) - min((r.score for r in first), default=0.0) + 1
    return [replace(ranked, score=round(ranked.score + max(lift, 0), 6)) for ranked in first] + rest


def _wait(vector: "Future[QueryVector | None]") -> QueryVector | None:
    try:
        return vector.result(timeout=VECTOR_SECONDS)
    except FutureTimeout:
        return None


def _notes(query: Query, mode: str, found: _Found, clock: _Clock, *, answered: bool) -> list[str]:
    notes = []
    if not answered:
        notes.append(NO_EMBEDDER)
    elif mode != "lexical" and not found.semantic and not clock.too_slow and (found.lexical or mode == "semantic"):
        notes.append(NO_VECTORS)
    if clock.too_slow:
        notes.append(TOO_SLOW)
    elif query.phrases and (found.lexical or found.semantic) and mode != "semantic" and not found.exact:
        notes.append(NO_EXACT)
    elif mode == "hybrid" and found.semantic and not found.lexical:
        notes.append(NO_WORDS)
    return [*notes, *dict.fromkeys(clock.said)]
