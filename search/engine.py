"""A question is answered here:

text ─ parse ─▶ Query ─ retrieve ─▶ the best 200 chunks ─▶ one page of them ─▶ passages, or documents with passages
                                              └─▶ documents found, facets, coverage, remarks
"""

from collections.abc import Sequence
from dataclasses import dataclass

from search import cursors
from search.coverage import Coverage, TermCount, coverage_of, term_counts
from search.deadline import TookTooLong, at_most
from search.found import Facets, documents_found, facets
from search.fusion import Ranked
from search.grouping import DocumentGroup, by_document, groups
from search.kept_answers import KeptAnswers
from search.kept_lists import keep, recall
from search.lint import remarks, with_words_meant
from search.passages import Passage, passages
from search.query import Query, QueryError, parse
from search.query_vector import Embeds
from search.retrieval import LANE_SECONDS, WINDOW, Retrieved, SearchTimeout, retrieve
from search.scope import Scope

MODES = ("hybrid", "lexical", "semantic")
GROUPINGS = ("", "document")
MAX_LIMIT = 100

END_OF_WINDOW = f"Only the best {WINDOW} passages are listed. More words or filters bring others up."
NOTHING_FITS = "No document here fits what was asked for."
NO_SUCH_PAGE = "Nothing was found on the pages that page: asks for."

__all__ = ["GROUPINGS", "LANE_SECONDS", "MAX_LIMIT", "MODES", "SearchResult", "SearchTimeout", "search"]


@dataclass(frozen=True)
class SearchResult:
    """One page of the answer to a question.

    total      passages that can be listed, at most WINDOW
    documents  how many documents these are in
    facets     counted over the documents of all of them, not only of this page
    passages   empty where results are grouped
    groups     the documents with their passages, where results are grouped
    terms      only when nothing was found: where the single words occur
    notes      sentences for the person who asked: what was left out, and why
    instead    the question with the words that were perhaps meant; empty if all words occur, or nothing is like them
    """

    query: Query
    mode: str
    total: int
    documents: int
    coverage: Coverage
    facets: Facets
    passages: tuple[Passage, ...]
    groups: tuple[DocumentGroup, ...]
    next_cursor: str | None
    notes: tuple[str, ...]
    terms: tuple[TermCount, ...] = ()
    instead: str = ""


kept: KeptAnswers[SearchResult] = KeptAnswers()


def search(
    text: str,
    scope: Scope,
    *,
    mode: str = "hybrid",
    limit: int = 20,
    cursor: str | None = None,
    group: str = "",
    embedder: Embeds | None = None,
) -> SearchResult:
    """The passages of `scope` that answer `text`, `limit` (1 to MAX_LIMIT) of them from `cursor` on; as many
    documents, each with the best of its passages, if `group` is "document".

    Raises QueryError for a question, mode, limit, grouping or cursor that cannot be used, SearchTimeout when all
    lanes were too slow. `embedder` replaces the configured one. An answer given a moment ago is given again while
    nothing in the database has changed.
    """
    query = parse(text)
    if mode not in MODES:
        raise QueryError("invalid_mode", f"The mode is one of {', '.join(MODES)}.")
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError("invalid_limit", f"The limit is a number from 1 to {MAX_LIMIT}.")
    if group not in GROUPINGS:
        raise QueryError("invalid_group", "Results can be grouped by “document”.")
    place = cursors.decode(cursor, query, scope, f"{mode} {group}")

    def answer() -> tuple[SearchResult, bool]:
        return _answered(query, scope, mode, limit, place, group, embedder)

    if place.offset or embedder is not None:
        return answer()[0]
    return kept.given((text, scope, mode, limit, group), answer)


def _answered(
    query: Query, scope: Scope, mode: str, limit: int, place: cursors.Place, group: str, embedder: Embeds | None
) -> tuple[SearchResult, bool]:
    """The answer, and whether nothing is missing in it that could be there the next time."""
    how = f"{mode} {group}"
    try:
        with at_most(LANE_SECONDS):
            made = _list(query, scope, mode, place, embedder)
            ranked = made.retrieved.ranked
            listed = by_document(ranked) if group else [[hit] for hit in ranked]
            end = place.offset + limit
            following = None
            if end < len(listed):
                there = cursors.Place(end, made.kept or keep(ranked))
                following = cursors.encode(there, query, scope, how)
            elif len(ranked) == WINDOW:
                made.retrieved.notes.append(END_OF_WINDOW)
            result = _answer(query, scope, mode, group, made, listed[place.offset : end], following)
            return result, made.retrieved.whole
    except TookTooLong:
        raise SearchTimeout from None


@dataclass
class _List:
    """What was found; under which name it was kept, if it was; and the question that was perhaps meant."""

    retrieved: Retrieved
    kept: str = ""
    instead: str = ""


def _list(query: Query, scope: Scope, mode: str, place: cursors.Place, embedder: Embeds | None) -> _List:
    """The list as it was kept, or made anew with all that is to be said about it."""
    kept = recall(place.kept)
    if kept is not None:
        return _List(Retrieved(kept), place.kept)
    retrieved = retrieve(query, scope, mode, embedder)
    about = remarks(query, scope, retrieved.held)
    retrieved.notes += about.said
    if query.uses_operators and retrieved.held is not None and retrieved.held.fulfilled:
        count = retrieved.held.fulfilled
        said = "1 document fulfils the question." if count == 1 else f"{count:,} documents fulfil the question."
        retrieved.notes.append(said)
    if not retrieved.ranked and (query.pages or not query.text):
        # No word explains why nothing was found.
        retrieved.notes.append(NO_SUCH_PAGE if query.pages else NOTHING_FITS)
    return _List(retrieved, instead=with_words_meant(query.raw, about.meant))


def _answer(
    query: Query,
    scope: Scope,
    mode: str,
    group: str,
    made: _List,
    shown: Sequence[Sequence[Ranked]],
    following: str | None,
) -> SearchResult:
    ranked = made.retrieved.ranked
    coverage = coverage_of(scope)
    found = documents_found({hit.document_id for hit in ranked})
    single = [] if group else [hit for hits in shown for hit in hits]
    return SearchResult(
        query=query,
        mode=mode,
        total=len(ranked),
        documents=len(found),
        coverage=coverage,
        facets=facets(found.values()),
        passages=tuple(passages(single, query, found)) if single else (),
        groups=tuple(groups(shown, query, found)) if group and shown else (),
        next_cursor=following,
        notes=(*query.notes, *made.retrieved.notes, *_coverage_notes(coverage, mode)),
        terms=() if ranked or not query.text else term_counts(query, scope),
        instead=made.instead,
    )


def _coverage_notes(coverage: Coverage, mode: str) -> list[str]:
    if mode == "lexical" or not coverage.documents_without_vectors:
        return []
    return [f"{coverage.documents_without_vectors} documents can be found by words, but not yet by meaning."]
