"""How many chunks a scope holds: the N of inverse document frequencies.

Counting 5,000 takes as long as ranking them, and N hardly moves the ranking: for large scopes the number of a few
seconds ago is good enough. Small ones, where each new document matters, are counted anew.
"""

from django.db import connection

from search.recent import Recent
from search.scope import Scope

KEPT_S = 20.0
LARGE = 1_000
SQL = "SELECT count(*) FROM documents_chunk c WHERE {scope}"

_known: Recent[Scope, int] = Recent(1_000)


def chunks_in(scope: Scope) -> int:
    """The number of chunks, up to KEPT_S seconds old if there are many; at most one SQL query."""
    known = _known.get(scope, younger_than=KEPT_S)
    if known is not None:
        return known
    where, params = scope.where("c")
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(scope=where), params)
        (count,) = cursor.fetchone()
    if count >= LARGE:
        _known.put(scope, int(count))
    return int(count)
