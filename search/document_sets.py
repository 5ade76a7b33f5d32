"""Sets of documents that can also be “all but these”: NOT needs no list of everything else. Plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class DocumentSet:
    """These documents, or all except these."""

    ids: frozenset[UUID]
    all_but: bool = False

    def __and__(self, other: "DocumentSet") -> "DocumentSet":
        if self.all_but and other.all_but:
            return DocumentSet(self.ids | other.ids, True)
        if self.all_but:
            return DocumentSet(other.ids - self.ids)
        if other.all_but:
            return DocumentSet(self.ids - other.ids)
        return DocumentSet(self.ids & other.ids)

    def __invert__(self) -> "DocumentSet":
        return DocumentSet(self.ids, not self.all_but)

    def __or__(self, other: "DocumentSet") -> "DocumentSet":
        return ~(~self & ~other)


def of(ids: Iterable[UUID]) -> DocumentSet:
    return DocumentSet(frozenset(ids))
