"""The place in a list of results, as an opaque signed string that fits one question in one scope only."""

import hashlib
from dataclasses import dataclass

from django.core import signing

from search.query import Query, QueryError
from search.scope import Scope

SALT = "search.cursor"


@dataclass(frozen=True)
class Place:
    """How many were shown before, and under which name the list was kept (see kept_lists); empty if it was not."""

    offset: int = 0
    kept: str = ""


def encode(place: Place, query: Query, scope: Scope, how: str) -> str:
    """The cursor of what follows `place`. `how`: the mode and the like, all that a list depends on besides."""
    return signing.dumps([place.offset, place.kept, _fingerprint(query, scope, how)], salt=SALT)


def decode(cursor: str | None, query: Query, scope: Scope, how: str) -> Place:
    """The place, the beginning without a cursor. Raises QueryError(invalid_cursor) on any not of this search."""
    if not cursor:
        return Place()
    try:
        offset, kept, fingerprint = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        fingerprint = None
    if fingerprint != _fingerprint(query, scope, how):
        raise QueryError("invalid_cursor", "These results are no longer there. Please search again.")
    return Place(int(offset), str(kept))


def _fingerprint(query: Query, scope: Scope, how: str) -> str:
    return hashlib.sha256(repr((query.raw, scope, how)).encode()).hexdigest()[:16]
