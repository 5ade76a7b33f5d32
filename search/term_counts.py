"""What one term of a list finds in a scope: every document and every page, not only what a search would list.

term ─ parse to the letter ─▶ condition ─▶ documents
                                      └─▶ for each unit that is looked for, its pages ─▶ those in these documents
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from search.conditions import condition, found_by_index
from search.deadline import TookTooLong, at_most
from search.holding import holding
from search.language.tree import Unit, fields, units
from search.lint import remarks
from search.page_matches import Patience, matching_pages
from search.query import Query, QueryError, parse
from search.scope import Scope
from search.wanted import Words, is_common

# For one term; a lane of an ordinary search gets two.
TERM_SECONDS = 4.0

TOO_SLOW = "This term took too long and was not counted."
NOTHING = "It holds no word that could be looked for."

# Chunks on one page settle that page; of those that cross a page break, the pages' own text decides.
CHUNKS = """
SELECT c.document_id, c.page_from, c.page_to FROM documents_chunk c WHERE {found}
GROUP BY c.document_id, c.page_from, c.page_to
"""

PageKey = tuple[UUID, int]


@dataclass(frozen=True)
class TermHits:
    """`pages` None: the term asks what documents are, not what stands on pages. `complete` false: these are the
    least; with a `problem` nothing was counted. `remarks`: sentences about how it was read, and what may be wrong."""

    documents: frozenset[UUID] = frozenset()
    pages: frozenset[PageKey] | None = frozenset()
    complete: bool = True
    problem: str = ""
    remarks: tuple[str, ...] = ()


def hits_of(term: str, scope: Scope, seconds: float = TERM_SECONDS) -> TermHits:
    """Count a term, for at most about `seconds`."""
    try:
        query = parse(term, to_the_letter=True)
        with at_most(seconds):
            return _hits(query, scope, Patience(seconds))
    except QueryError as error:
        return TermHits(complete=False, problem=error.message)
    except TookTooLong:
        return TermHits(complete=False, problem=TOO_SLOW)


def _hits(query: Query, scope: Scope, patience: Patience) -> TermHits:
    held = condition(query, scope, patience=patience, every_place=True)
    said = (*query.notes, *held.notes, *remarks(query, scope, held).said)
    known = [unit for unit in dict.fromkeys(units(query.tree)) if not is_common(unit, held.words)]
    asked = list(fields(query.tree))
    if not (known or asked or query.pages):
        return TermHits(remarks=tuple(dict.fromkeys((*said, NOTHING))))
    documents = holding(held.scope)
    wanted = [unit for unit in dict.fromkeys(units(query.tree, positive=True)) if unit in known]
    complete = all(matches.complete for matches in held.matches.values())
    pages: set[PageKey] = set()
    for unit in wanted:
        if unit in held.matches:
            pages |= {(place.document_id, place.page) for place in held.matches[unit].places}
        else:
            more, whole = _pages(unit, held.words, held.scope, patience)
            pages, complete = pages | more, complete and whole
    shown = frozenset(key for key in pages if key[0] in documents and _inside(key[1], query))
    if query.pages and wanted and not asked:
        documents = frozenset(document for document, _ in shown)
    return TermHits(documents, shown if wanted else None, complete, remarks=tuple(dict.fromkeys(said)))


def _inside(page: int, query: Query) -> bool:
    return not query.pages or any(first <= page <= last for first, last in query.pages)


def _pages(unit: Unit, words: Words, scope: Scope, patience: Patience) -> tuple[set[PageKey], bool]:
    """The pages of a unit that the index finds by itself; whether all could be looked at."""
    _, (found, params) = found_by_index(unit, words, scope)
    with connection.cursor() as cursor:
        cursor.execute(CHUNKS.format(found=found), params)
        chunks = cursor.fetchall()
    sure = {(document, first) for document, first, last in chunks if first == last}
    crossing = [(document, range(first, last + 1)) for document, first, last in chunks if first < last]
    unsure = sorted({(document, n) for document, numbers in crossing for n in numbers} - sure)
    read, complete = matching_pages(unit, words, unsure, patience)
    pages = sure | read
    # A word that a page break cuts in two stands whole on neither page.
    pages |= {(document, ns[0]) for document, ns in crossing if complete and not _any(pages, document, ns)}
    return pages, complete


def _any(pages: set[PageKey], document: UUID, numbers: Iterable[int]) -> bool:
    return any((document, n) in pages for n in numbers)
