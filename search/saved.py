"""Saved searches: what is new in them since their owner last opened them.

New is a document that the search lists now, did not list then, and that has come in or been read again since.

    with operators or fields   it lists every document that fulfils the question
    words, quoted or not       the documents among the best 200 passages by words; hybrid ones too, since by meaning
                               everything is near to something
    meaning only               the documents among the best 20 passages, the first page

The walls are those of now: a search sees the cases that its owner is a member of at this moment.
"""

import time
from collections.abc import Iterable
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from cases import access
from cases.models import Case
from lexintel import sql
from search import query_vector
from search.conditions import condition
from search.deadline import TookTooLong, at_most
from search.holding import holding
from search.models import SavedSearch
from search.query import QueryError, clean, parse
from search.retrieval import SearchTimeout, retrieve
from search.scope import Scope

# People do not look through more, and each costs a search where something has come in.
MOST_SAVED = 100
# For all counts of a page together: once it is used up, the rest is not counted. And for one of their SQL queries.
COUNTING_SECONDS = 1.0
SQL_SECONDS = 0.5
FIRST_PAGE = 20
# A document counts from the beginning of the transaction that finished it, which others see only at its end.
MARGIN = timedelta(minutes=10)

# A duplicate may be under a custodian that its original is not.
LATEST = """
SELECT case_id, max(greatest(created_at, coalesce(finished_at, now()))) FROM documents_document
WHERE case_id = ANY(%s) AND (version > 0 OR duplicate_of_id IS NOT NULL) GROUP BY case_id
"""
ARRIVED = """
SELECT coalesce(d.duplicate_of_id, d.id) FROM documents_document d
WHERE coalesce(d.duplicate_of_id, d.id) = ANY(%s)
AND (d.finished_at IS NULL OR d.finished_at > %s OR d.created_at > %s)
"""


class TooMany(Exception):
    """Whoever has MOST_SAVED searches has to delete one first."""


def search_of(user: Any, pk: UUID) -> SavedSearch:
    """One search of `user`. Raises Http404 for those of others."""
    found: SavedSearch = access.get_visible(user, SavedSearch.objects, pk)
    return found


def save(user: Any, name: str, question: str, *, mode: str, case: Case | None = None, **filters: str) -> SavedSearch:
    """Keep a question; what it lists now is not new. Raises QueryError, TooMany."""
    raw = parse(question).raw
    if SavedSearch.objects.filter(owner=user).count() >= MOST_SAVED:
        raise TooMany
    saved = SavedSearch(owner=user, case=case, name=clean(name), question=raw, mode=mode, **filters)
    saved.seen = sorted(_listed_in_time(saved, access.case_ids(user)) or ())
    saved.save()
    saved.refresh_from_db()
    return saved


def new_hits(searches: Iterable[SavedSearch], user: Any) -> dict[UUID, frozenset[UUID] | None]:
    """For each search of `user` the documents that are new in it; None where that could not be counted in time.

    Two SQL queries, and those of a search for each in whose cases something has happened.
    """
    until = time.monotonic() + COUNTING_SECONDS
    mine = access.case_ids(user)
    latest = dict(sql.rows(LATEST, [mine]))
    found: dict[UUID, frozenset[UUID] | None] = {}
    for saved in searches:
        cases = [case for case in mine if saved.case_id in (None, case)]
        since = saved.seen_at - MARGIN
        if not any(case in latest and latest[case] > since for case in cases):
            found[saved.pk] = frozenset()
        elif time.monotonic() > until:
            found[saved.pk] = None
        else:
            listed = _listed_in_time(saved, mine)
            found[saved.pk] = None if listed is None else _arrived(listed - set(saved.seen), since)
    return found


def mark_seen(saved: SavedSearch) -> None:
    """Remember what it lists now as seen, and what of it was new."""
    listed = _listed_in_time(saved, access.case_ids(saved.owner))
    if listed is not None:
        saved.fresh = sorted(_arrived(listed - set(saved.seen), saved.seen_at - MARGIN))
        saved.seen = sorted(listed)
    saved.seen_at = Now()
    saved.save(update_fields=["seen", "fresh", "seen_at"])
    saved.refresh_from_db(fields=["seen_at"])


def _listed_in_time(saved: SavedSearch, mine: list[UUID]) -> frozenset[UUID] | None:
    """The documents that it lists; None if that takes too long, or the question is none any more."""
    cases = tuple(case for case in mine if saved.case_id in (None, case))
    scope = Scope(cases, media_type=saved.media_type, custodian=saved.custodian)
    try:
        with at_most(SQL_SECONDS):
            return _listed(saved, scope)
    except (TookTooLong, SearchTimeout, QueryError):
        return None


def _listed(saved: SavedSearch, scope: Scope) -> frozenset[UUID]:
    query = parse(saved.question)
    if not scope.case_ids:
        return frozenset()
    semantic = saved.mode == SavedSearch.Mode.SEMANTIC
    if not query.text or (query.uses_operators and not semantic):
        held = condition(query, scope)
        if held.scope.only is not None or held.scope.pages:
            return holding(held.scope)
    if semantic:
        # A model that is still being loaded, or an endpoint that does not answer, must not hold up a page.
        _embedder_is_there(query.text)
        return frozenset(hit.document_id for hit in retrieve(query, scope, "semantic").ranked[:FIRST_PAGE])
    return frozenset(hit.document_id for hit in retrieve(query, scope, "lexical").ranked)


def _embedder_is_there(text: str) -> None:
    """Raises SearchTimeout if not."""
    try:
        if query_vector.start(text).result(timeout=SQL_SECONDS) is None:
            raise SearchTimeout
    except FutureTimeout:
        raise SearchTimeout from None


def _arrived(documents: frozenset[UUID], since: datetime) -> frozenset[UUID]:
    if not documents:
        return documents
    return frozenset(pk for (pk,) in sql.rows(ARRIVED, [list(documents), since, since]))
