"""An answer that was given a moment ago is given again while the database is to the last row as it was then.

PostgreSQL's snapshot says which transactions can be seen: two that read the same see the same rows, whatever was or
was not written. So no list of what changes an answer has to be kept, and none can be forgotten: any commit anywhere
in the database makes every answer anew. That costs one look at the snapshot, a tenth of a millisecond.

An answer belongs to a question and a scope, which is made of the cases that a person may see at that moment and of
nothing else about the person.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.db import connection

from search.recent import Recent

# Not everything that an answer is made of lies in the database: models may be exchanged, large scopes are counted now
# and then.
KEPT_S = 30.0
MOST = 100

# Of this server since it started: after a restore from a backup, numbers come again.
SQL = "SELECT pg_current_snapshot()::text, pg_postmaster_start_time()::text, current_database()"

Answer = TypeVar("Answer")


class KeptAnswers(Generic[Answer]):
    """Answers by what was asked; safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._recent: Recent[Hashable, tuple[tuple[str, ...], Answer]] = Recent(most)

    def given(self, asked: Hashable, make: Callable[[], tuple[Answer, bool]]) -> Answer:
        """The answer to `asked`: as it was kept, or from `make`, which also says whether it may be kept.

        Inside a transaction nothing is kept: its own writes are not in the snapshot.
        """
        if connection.in_atomic_block:
            return make()[0]
        before = _state()
        known = self._recent.get(asked, younger_than=KEPT_S)
        if known is not None and known[0] == before:
            return known[1]
        answer, may_be_kept = make()
        if may_be_kept and _state() == before:
            self._recent.put(asked, (before, answer))
        return answer

    def clear(self) -> None:
        """Forget all."""
        self._recent.clear()


def _state() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        return tuple(cursor.fetchone())
