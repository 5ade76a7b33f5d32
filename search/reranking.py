"""The best passages in the order of the configured reranker; exact matches and named documents keep their place."""

from collections.abc import Sequence
from dataclasses import replace

from documents.models import Chunk
from search import reranker
from search.fusion import Ranked
from search.reranker import RerankerUnavailable

# More would not fit into the budget on a processor, and what stands below is hardly ever the answer.
TOP = 50
NOT_RERANKED = "The reranker gave no usable answer in time; the passages are in the order of words and meaning."
_NAMED = "named document, "
# What quotes the question needs no second opinion.
_FIXED = ("exact", "nearly exact")


def reranked(question: str, ranked: list[Ranked]) -> tuple[list[Ranked], str]:
    """The list with its first TOP in a better order, and a note if that could not be done; at most one SQL query."""
    try:
        used = reranker.configured()
        movable = [place for place, hit in enumerate(ranked[:TOP]) if hit.why.removeprefix(_NAMED) not in _FIXED]
        if used is None or len(movable) < 2:
            return ranked, ""
        texts = _texts([ranked[place] for place in movable])
        scores = used.scores(question, texts)
    except RerankerUnavailable:
        return ranked, NOT_RERANKED
    made = list(ranked)
    for group in _groups(ranked, movable):
        better = sorted(group, key=lambda place: (-scores[movable.index(place)], place))
        for place, taken in zip(group, better, strict=True):
            # The scores stay where they are: they order the list and mean nothing beyond it.
            made[place] = replace(ranked[taken], score=ranked[place].score)
    return made, ""


def _groups(ranked: Sequence[Ranked], movable: Sequence[int]) -> list[list[int]]:
    """Places whose passages may change places: those of named documents among themselves, and the others."""
    named = [place for place in movable if ranked[place].why.startswith(_NAMED)]
    return [named, [place for place in movable if place not in named]]


def _texts(hits: Sequence[Ranked]) -> list[str]:
    chunks = Chunk.objects.only("heading", "body").in_bulk([hit.chunk_id for hit in hits])
    found = [chunks.get(hit.chunk_id) for hit in hits]
    return ["" if chunk is None else f"{chunk.heading}\n{chunk.body}".strip() for chunk in found]
