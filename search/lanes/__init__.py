"""The lanes: ways to find chunks. Each is one function `(Query, Scope, limit) -> list[Hit]` in a file of its own,
one SQL round trip (the word lane two), best hit first, with the scope inside its SQL: a chunk of another case never
leaves the database.

A new lane is one more file and a line in engine.py.
"""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Hit:
    """A chunk that a lane found.

    score    higher is better; comparable only inside one lane and one search
    ordinal  the chunk's place in its document, for ties
    complete the chunk holds every word of the question that the index knows
    """

    chunk_id: int
    score: float
    document_id: UUID
    ordinal: int
    complete: bool = False
