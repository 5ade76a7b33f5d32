"""Results by document: each once, where its best passage stands, with its best pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from documents.models import Chunk
from search.found import Found
from search.fusion import Ranked
from search.passages import Passage, passages
from search.query import Query

MOST_PAGES = 3


@dataclass(frozen=True)
class DocumentGroup:
    """A document with hits. `passages`: the best of each of up to MOST_PAGES pages, best first; `hits`: how many
    passages of it are in the whole list."""

    passages: tuple[Passage, ...]
    hits: int

    @property
    def best(self) -> Passage:
        return self.passages[0]


def by_document(ranked: Iterable[Ranked]) -> list[list[Ranked]]:
    """The hits of each document, best first; documents by their best hit."""
    found: dict[UUID, list[Ranked]] = {}
    for hit in ranked:
        found.setdefault(hit.document_id, []).append(hit)
    return list(found.values())


def groups(hits: Sequence[Sequence[Ranked]], query: Query, found: Mapping[UUID, Found]) -> list[DocumentGroup]:
    """What to show for these documents, in their order; four SQL queries however many there are."""
    pages = dict(
        Chunk.objects.filter(pk__in=[hit.chunk_id for of_one in hits for hit in of_one]).values_list("pk", "page_from")
    )
    best = [_best_of_each_page(of_one, pages) for of_one in hits]
    shown: dict[UUID, dict[int, Passage]] = {}
    for passage in passages([hit for of_one in best for hit in of_one], query, found):
        # A passage that crosses the end of a page may stand on the same one as another.
        shown.setdefault(passage.document_id, {}).setdefault(passage.page, passage)
    return [
        DocumentGroup(tuple(shown[of_one[0].document_id].values()), len(of_one))
        for of_one in hits
        if of_one[0].document_id in shown
    ]


def _best_of_each_page(hits: Sequence[Ranked], pages: Mapping[int, int]) -> list[Ranked]:
    best: dict[int, Ranked] = {}
    for hit in hits:
        if hit.chunk_id in pages:
            best.setdefault(pages[hit.chunk_id], hit)
    return list(best.values())[:MOST_PAGES]
