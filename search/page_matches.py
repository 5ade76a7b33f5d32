"""What stands near what: pages that hold all the words of a unit, found by the index and then read word by word."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import connection

from extraction.folding import fold
from search.language.glance import glance
from search.language.matching import Text, all_atoms, find
from search.language.tree import Unit
from search.scope import Scope, Sql
from search.wanted import Words, needed

# Measured: 0.15 to 0.4 ms a page, so that these take longer than anybody waits, and the clock decides.
MOST_PAGES = 20_000
MOST_SECONDS = 1.1
# More places than can be listed: from then on it only matters whether a document has the unit at all.
ENOUGH_PLACES = 1_000
SPANS_PER_PAGE = 10
AT_ONCE = 300

PLACES = """
SELECT {number} AS n, c.document_id, generate_series(c.page_from, c.page_to) AS page
FROM documents_chunk c WHERE {scope} AND c.tsv @@ {words}
"""
SQL = """
WITH place AS ({places})
SELECT document_id, page FROM place{on_pages} GROUP BY document_id, page HAVING count(DISTINCT n) = %s
ORDER BY document_id, page LIMIT %s
"""
TEXTS = """
SELECT p.document_id, p.number, p.text FROM unnest(%s::uuid[], %s::int[]) AS k(document_id, page)
JOIN documents_document d ON d.id = k.document_id
JOIN documents_page p ON p.document_id = d.id AND p.version = d.version AND p.number = k.page
"""


@dataclass(frozen=True)
class Place:
    """A stretch [start, end) of a page's text."""

    document_id: UUID
    page: int
    start: int
    end: int


@dataclass
class PageMatches:
    """Where a unit stands; `complete` is false where there were too many pages to read them all."""

    places: list[Place] = field(default_factory=list)
    documents: set[UUID] = field(default_factory=set)
    complete: bool = True


class Patience:
    """How long all units of one search may be compared."""

    def __init__(self, seconds: float = MOST_SECONDS) -> None:
        self.until = time.monotonic() + seconds

    def is_over(self) -> bool:
        return time.monotonic() > self.until


def page_matches(
    unit: Unit, words: Words, scope: Scope, patience: Patience, *, enough: int | None = None
) -> PageMatches:
    """The pages of the scope on which the unit stands; one SQL query for the candidates, one for AT_ONCE texts.

    With `enough` places at hand, only documents that are not among `documents` yet are read on.
    """
    found = PageMatches()
    reader = _Reader.of(unit, words)
    candidates = _candidates(needed(unit, words), scope)
    found.complete = len(candidates) <= MOST_PAGES
    candidates = candidates[:MOST_PAGES]

    def settled(document_id: UUID) -> bool:
        return enough is not None and document_id in found.documents and len(found.places) >= enough

    while candidates:
        if patience.is_over():
            found.complete = False
            break
        batch, candidates = candidates[:AT_ONCE], candidates[AT_ONCE:]
        for document_id, number, text in _texts(batch):
            if not settled(document_id):
                reader.compare(Place(document_id, number, 0, 0), text, found)
        if enough is not None:
            candidates = [place for place in candidates if not settled(place[0])]
    return found


def matching_pages(
    unit: Unit, words: Words, pages: Sequence[tuple[UUID, int]], patience: Patience
) -> tuple[set[tuple[UUID, int]], bool]:
    """Of these pages those on which the unit stands, and whether there was time to read all; as `page_matches`."""
    found = PageMatches()
    reader = _Reader.of(unit, words)
    for start in range(0, len(pages), AT_ONCE):
        if patience.is_over():
            found.complete = False
            break
        for document_id, number, text in _texts(pages[start : start + AT_ONCE]):
            reader.compare(Place(document_id, number, 0, 0), text, found)
    return {(place.document_id, place.page) for place in found.places}, found.complete


@dataclass(frozen=True)
class _Reader:
    """Compares a unit with pages. `wanted`: the words that matter in them."""

    unit: Unit
    words: Words
    wanted: frozenset[str]
    seen: re.Pattern[str] | None

    @classmethod
    def of(cls, unit: Unit, words: Words) -> "_Reader":
        wanted = frozenset(word for atom in all_atoms(unit) for word in words.lexicon.get(atom, ()))
        return cls(unit, words, wanted, glance(unit, words.lexicon))

    def compare(self, at: Place, text: str, found: PageMatches) -> None:
        folded = fold(text)
        if self.seen and folded.text.isascii() and not self.seen.search(folded.text.lower()):
            return
        row = Text(folded.text, self.wanted)
        matches = find(self.unit, row, self.words.lexicon)
        if matches:
            found.documents.add(at.document_id)
        for first, last in [mark for match in matches[:SPANS_PER_PAGE] for mark in match.marks]:
            start, end = folded.span(*row.characters(first, last))
            found.places.append(replace(at, start=start, end=end))


def _texts(places: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, [[document_id for document_id, _ in places], [number for _, number in places]])
        return cursor.fetchall()


def _candidates(queries: Sequence[Sql], scope: Scope) -> list[tuple[UUID, int]]:
    where, where_params = scope.where("c")
    places = " UNION ALL ".join(
        PLACES.format(number=number, scope=where, words=sql) for number, (sql, _) in enumerate(queries)
    )
    params = [param for _, more in queries for param in [*where_params, *more]]
    on_pages, page_params = "", []
    if scope.pages:
        on_pages = " WHERE " + " OR ".join(["page BETWEEN %s AND %s"] * len(scope.pages))
        page_params = [number for pair in scope.pages for number in pair]
    with connection.cursor() as cursor:
        sql = SQL.format(places=places, on_pages=on_pages)
        cursor.execute(sql, [*params, *page_params, len(queries), MOST_PAGES + 1])
        return [(document_id, number) for document_id, number in cursor.fetchall()]
