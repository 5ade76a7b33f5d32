"""Reference routing: find the document that a question names, then search inside it with what else was asked.

    “Under the Harlow charter agreement, who insures the crane?”
          └──────── names one document ────────┘   └─ searched in it ─┘

Over many documents the words that name one drown the question: measured on contracts, routing multiplies what is
found by 2.7 to 5. It is only done when one document (or a few that are called alike) answers to clearly more of
the question's rare words than any other.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from math import log
from uuid import UUID

from django.db import connection

from search.lanes.tsqueries import CONFIG, QUOTED, vector
from search.query import Query
from search.scope import Scope

# How many of a document's names' rarest words a question must hold beyond the next document's, and how many times
# the next one's weight it must have. Set so that no bare question of the development set is routed.
MARGIN, RATIO = 1.4, 1.6
# Documents called alike (drafts, amended versions) are searched together.
ALIKE, MOST_ALIKE = 0.92, 5
# A word in more of the documents than this names none of them.
RARE_SHARE = 0.15
# Words that only introduce a name.
INTRODUCING = frozenset(
    "consider under in per see regarding concerning between among and the of a an by to with".split()
)
_CLAUSE = re.compile(r"[^;:,.?!\n]+(?:[;:,.?!\n]+|$)")
_WORD = re.compile(r"\w+(?:['’]\w+)?")

SQL = """
WITH word AS MATERIALIZED (SELECT lexeme, {quoted} AS quoted FROM unnest({read})),
any_word AS MATERIALIZED (SELECT string_agg(quoted, ' | ')::tsquery AS words FROM word),
scope AS MATERIALIZED (
  SELECT d.id, d.descriptor FROM documents_document d
  WHERE d.duplicate_of_id IS NULL AND d.version > 0 AND d.id IN ({documents})
),
size AS (SELECT count(*) AS n FROM scope)
SELECT s.id, w.lexeme, z.n FROM scope s JOIN any_word a ON s.descriptor @@ a.words
JOIN word w ON s.descriptor @@ w.quoted::tsquery, size z
"""
STEMS_SQL = f"SELECT word, tsvector_to_array(to_tsvector('{CONFIG}', word)) FROM unnest(%s::text[]) word"  # noqa: S608


@dataclass(frozen=True)
class Route:
    """The documents a question names, and the question without their names."""

    document_ids: tuple[UUID, ...]
    question: str


@dataclass
class _Candidate:
    lexemes: set[str] = field(default_factory=set)
    weight: float = 0.0


def route(query: Query, scope: Scope) -> Route | None:
    """Where the question leads, None if it names no document of the scope; two SQL queries.

    Questions with quotation marks are taken literally: they are never routed.
    """
    if scope.document_ids or query.phrases or len(query.text.split()) < 2:
        return None
    candidates, frequency, size = _candidates(query, scope)
    chosen = _choose(candidates, size)
    if not chosen:
        return None
    rare = {
        lexeme
        for pk in chosen
        for lexeme in candidates[pk].lexemes
        if frequency[lexeme] <= max(MOST_ALIKE, RARE_SHARE * size)
    }
    # What fields and minus signs ask for is no part of the question that is put to the document.
    asked = query.raw if query.tree is None and not query.pages else query.text
    rest = without_names(asked, rare, _stems(asked))
    return Route(tuple(chosen), rest) if rest else None


def _candidates(query: Query, scope: Scope) -> tuple[dict[UUID, _Candidate], dict[str, int], int]:
    documents, params = scope.documents()
    candidates: dict[UUID, _Candidate] = defaultdict(_Candidate)
    frequency: dict[str, int] = defaultdict(int)
    sizes = {0}
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(read=vector("%s"), quoted=QUOTED, documents=documents), [query.text, *params])
        for pk, lexeme, size in cursor.fetchall():
            sizes.add(size)
            candidates[pk].lexemes.add(lexeme)
            frequency[lexeme] += 1
    for candidate in candidates.values():
        candidate.weight = sum(_idf(frequency[lexeme], max(sizes)) for lexeme in candidate.lexemes)
    return candidates, frequency, max(sizes)


def _idf(frequency: int, size: int) -> float:
    return log(1 + (size - frequency + 0.5) / (frequency + 0.5))


def _choose(candidates: dict[UUID, _Candidate], size: int) -> list[UUID]:
    """The named documents, heaviest first; none if the lead is not clear."""
    if size < 2 or not candidates:
        return []
    ordered = sorted(candidates, key=lambda pk: (-candidates[pk].weight, pk))
    top = candidates[ordered[0]].weight
    alike = [pk for pk in ordered if candidates[pk].weight >= ALIKE * top]
    if len(alike) > MOST_ALIKE:
        return []
    following = candidates[ordered[len(alike)]].weight if len(ordered) > len(alike) else 0.0
    clear = top - following >= MARGIN * _idf(1, size) and top >= RATIO * following
    return alike if clear else []


def without_names(question: str, rare: set[str], stems: dict[str, list[str]]) -> str:
    """The question without its naming clauses and words; empty if nothing of substance is left."""
    kept: list[str] = []
    for clause in _CLAUSE.findall(question):
        words = _WORD.findall(clause)
        names = [w for w in words if set(stems.get(w, ())) & rare]
        others = [w for w in words if w not in names and stems.get(w) and w.lower() not in INTRODUCING]
        if names and len(names) >= len(others):
            continue
        kept += [w for w in words if w not in names]
    return " ".join(kept) if any(stems.get(w) and w.lower() not in INTRODUCING for w in kept) else ""


def _stems(question: str) -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(STEMS_SQL, [sorted(set(_WORD.findall(question)))])
        return dict(cursor.fetchall())
