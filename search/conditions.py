"""Operators and fields: which documents fulfil a question's tree, computed once per search.

tree ─ units ─┬─ index alone ──────────────┐
              ├─ index, then the page ─────┼─▶ sets of documents ─ And, Or, Not ─▶ scope
              └─ fields ───────────────────┘
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import connection

from search import document_sets
from search.document_sets import DocumentSet
from search.field_filters import documents_with, undated
from search.language.tree import And, Node, Not, Or, Unit, fields, units, written
from search.page_matches import ENOUGH_PLACES, PageMatches, Patience, page_matches
from search.query import Query
from search.scope import Scope, Sql
from search.wanted import Words, is_common, needed, on_its_own, verification, words_of

STANDING = """
SELECT {number} AS n, array_agg(DISTINCT c.document_id) AS documents
FROM documents_chunk c WHERE {found}
"""
TOO_MANY = "“{unit}”: its words stand on so many pages that not all were compared; narrow the question down."
COMMON = "“{unit}” is too common to be indexed and was left out."


@dataclass(frozen=True)
class Condition:
    """What is left of a scope, and where the units of the question stand.

    scope      narrowed to the documents that fulfil the question
    words      what its words stand for
    documents  for each unit that the index can look for, the documents of the scope that hold it
    matches    for units that only the page's text decides, where they stand
    fulfilled  how many documents; None where that was not counted: “all but these”
    """

    scope: Scope
    words: Words = field(default_factory=Words)
    documents: Mapping[Unit, frozenset[UUID]] = field(default_factory=dict)
    matches: Mapping[Unit, PageMatches] = field(default_factory=dict)
    fulfilled: int | None = None
    notes: tuple[str, ...] = ()


def condition(query: Query, scope: Scope, *, patience: Patience | None = None, every_place: bool = False) -> Condition:
    """Evaluate the question's tree in the scope. Raises QueryError(wildcard_too_wide).

    `every_place`: of what is looked for, all places are found, not only enough to list them.

    SQL queries: one for all units of single words, one for each other unit and field, and those of `words_of`.
    """
    scope = replace(scope, pages=query.pages) if query.pages else scope
    if query.tree is None:
        return Condition(scope)
    words = words_of(query.tree, scope.case_ids)
    notes: list[str] = []
    every = list(dict.fromkeys(units(query.tree)))
    known = [unit for unit in every if not is_common(unit, words)]
    notes += [COMMON.format(unit=written(unit)) for unit in every if unit not in known]
    documents = _standing([unit for unit in known if on_its_own(unit)], words, scope)
    matches: dict[Unit, PageMatches] = {}
    patience, places = patience or Patience(), None if every_place else ENOUGH_PLACES
    wanted = set(units(query.tree, positive=True))
    for unit in known:
        if not on_its_own(unit):
            # Of what must not be there, one place in a document is as good as a hundred.
            matches[unit] = page_matches(unit, words, scope, patience, enough=places if unit in wanted else 0)
            documents[unit] = frozenset(matches[unit].documents)
            if not matches[unit].complete:
                notes.append(TOO_MANY.format(unit=written(unit)))
    sets: dict[Node, DocumentSet] = {unit: DocumentSet(ids) for unit, ids in documents.items()}
    for one in dict.fromkeys(fields(query.tree)):
        ids = documents_with(one, scope)
        sets[one] = document_sets.of(ids)
        if not ids:
            notes.append(f"“{written(one)}” fits no document here.")
    if any(one.name == "date" for one in fields(query.tree)) and (count := undated(scope)):
        said = "1 document does" if count == 1 else f"{count:,} documents do"
        notes.append(f"{said} not say of what date, so date: cannot fit.")
    fulfilling = _evaluate(query.tree, sets)
    return Condition(
        scope=_narrowed(scope, fulfilling),
        words=words,
        documents=documents,
        matches=matches,
        fulfilled=None if fulfilling is None or fulfilling.all_but else len(fulfilling.ids),
        notes=tuple(notes),
    )


def found_by_index(unit: Unit, words: Words, scope: Scope) -> tuple[Sql, Sql]:
    """The tsquery of a unit that the index alone can find, and the SQL condition on chunks (alias c) that hold it."""
    (sql, params) = needed(unit, words)[0]
    where, where_params = scope.where("c")
    found, found_params = f"{where} AND c.tsv @@ {sql}", [*where_params, *params]
    if expression := verification(unit, words):
        found = f"{found} AND coalesce(nullif(c.searchable, ''), c.body) ~* %s"
        found_params.append(expression)
    return (sql, params), (found, found_params)


def _standing(wanted: list[Unit], words: Words, scope: Scope) -> dict[Unit, frozenset[UUID]]:
    if not wanted:
        return {}
    conditions = [found_by_index(unit, words, scope)[1] for unit in wanted]
    sql = " UNION ALL ".join(STANDING.format(number=n, found=found) for n, (found, _) in enumerate(conditions))
    with connection.cursor() as cursor:
        cursor.execute(sql, [param for _, params in conditions for param in params])
        return {wanted[number]: frozenset(ids or ()) for number, ids in cursor.fetchall()}


def _evaluate(node: Node, sets: Mapping[Node, DocumentSet]) -> DocumentSet | None:
    """None: nothing can be said, because the node holds only words too common to be indexed."""
    if isinstance(node, Not):
        child = _evaluate(node.child, sets)
        return None if child is None else ~child
    if not isinstance(node, And | Or):
        return sets.get(node)
    made: DocumentSet | None = None
    for part in node.children:
        one = _evaluate(part, sets)
        if one is not None:
            made = one if made is None else made & one if isinstance(node, And) else made | one
    return made


def _narrowed(scope: Scope, fulfilling: DocumentSet | None) -> Scope:
    if fulfilling is None:
        return scope
    ids = tuple(sorted(fulfilling.ids))
    return replace(scope, without=ids) if fulfilling.all_but else replace(scope, only=ids)
