"""How often words stand in a large scope, alone and together: counted in a sample of it.

Counting each of them where it stands would read as much of the table as ranking all of its passages does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from search.scope import Scope

# Passages of the scope that are looked at. A word in 1 % of all is then counted to an eighth, its idf to a fortieth.
SAMPLED = 6_000
# Of the whole table, at most so much is read for it.
MOST_PERCENT = 5.0

SQL = """
SELECT {mask}, count(*) FROM documents_chunk c TABLESAMPLE SYSTEM (%s) REPEATABLE (1) WHERE {scope} GROUP BY 1
"""


@dataclass(frozen=True)
class WordSample:
    """`masks`: which words stand in a passage, bit by bit → in how many of the sampled passages exactly these do."""

    masks: dict[int, int]

    @property
    def size(self) -> int:
        return sum(self.masks.values())

    def count(self, word: int) -> int:
        """In how many of the sampled passages the word of that number stands."""
        return sum(count for mask, count in self.masks.items() if mask >> word & 1)


def word_sample(words: Sequence[str], scope: Scope, size: int) -> WordSample:
    """Of these words (tsqueries) in a scope of `size` passages; one SQL query."""
    where, params = scope.where("c")
    # The first word last, as numbers are written.
    mask = " || ".join(["(c.tsv @@ %s::tsquery)::int::text"] * len(words))
    percent = min(100.0 * SAMPLED / max(size, 1), MOST_PERCENT)
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(mask=mask, scope=where), [*reversed(words), percent, *params])
        return WordSample({int(mask, 2): count for mask, count in cursor.fetchall()})
