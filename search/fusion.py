"""From the lanes' lists to one: z-score fusion, and exact matches first. Plain Python, no database.

Weights and z-scores as measured on legal retrieval sets (.4 words, .6 meaning): reciprocal rank fusion (k = 60) was
worse on all of them, and put a verbatim fragment first in only 40 % of cases. That is what the tiers are for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from uuid import UUID

from search.lanes import Hit

LEXICAL_WEIGHT = 0.4
# Where clause concepts lend their words, words say more: nDCG@10 .733–.745 at .5–.7, beside .711 at .4.
LEXICAL_WEIGHT_OF_CONCEPTS = 0.5
# Far above any weighted sum of z-scores (at most √(n−1) ≈ 20 for the 400 chunks of two full lanes).
TIER = 100.0


@dataclass(frozen=True)
class Ranked:
    """A chunk in its final place. `score` orders one result list and means nothing beyond it.

    `why` is "exact" (the words as they were asked for), "nearly exact" (but for typos), "all words", "words",
    "meaning" or "words and meaning", behind "named document, " where the question names the document; or
    "document" where nothing but fields was asked for.
    """

    chunk_id: int
    document_id: UUID
    ordinal: int
    score: float
    why: str


def fuse(
    exact: Sequence[Hit],
    approximate: Sequence[Hit],
    lexical: Sequence[Hit],
    semantic: Sequence[Hit],
    *,
    only_exact: bool = False,
    lexical_weight: float = LEXICAL_WEIGHT,
) -> list[Ranked]:
    """All chunks of the lists, best first; equal ones by document and place in it.

    Chunks with the exact words come first, then those that nearly quote the question, then chunks with all the
    words, then the rest; inside each by the fused score. `only_exact` drops all but the first kind, for phrases in
    quotation marks that do occur.
    """
    union = {hit.chunk_id: hit for hit in [*semantic, *lexical, *approximate, *exact]}
    by_words = {hit.chunk_id: hit.score for hit in lexical}
    by_meaning = {hit.chunk_id: hit.score for hit in semantic}
    tiers = {hit.chunk_id: 1 for hit in lexical if hit.complete}
    # Verbatim before merely same stems: the exact lane's own score counts inside its tier.
    exactness = {hit.chunk_id: hit.score for hit in exact}
    likeness = {hit.chunk_id: hit.score for hit in approximate}
    words = _z_scores(by_words, union, floor=0.0)
    meaning = _z_scores(by_meaning, union, floor=min(by_meaning.values(), default=0.0))
    fused = []
    for chunk_id, hit in union.items():
        if only_exact and chunk_id not in exactness:
            continue
        score = lexical_weight * words[chunk_id] + (1 - lexical_weight) * meaning[chunk_id]
        if chunk_id in exactness:
            score += (3 + int(exactness[chunk_id])) * TIER
        elif chunk_id in likeness:
            # Two that are equally like are told apart by the fused score, never the other way round.
            score += (2 + likeness[chunk_id]) * TIER
        else:
            score += tiers.get(chunk_id, 0) * TIER
        why = _why(
            chunk_id in exactness, chunk_id in likeness, chunk_id in tiers, chunk_id in by_words, chunk_id in by_meaning
        )
        fused.append(Ranked(chunk_id, hit.document_id, hit.ordinal, round(score, 6), why))
    return sorted(fused, key=lambda ranked: (-ranked.score, ranked.document_id, ranked.ordinal))


def _z_scores(scores: dict[int, float], union: dict[int, Hit], floor: float) -> dict[int, float]:
    """How many standard deviations above the mean; a chunk that the lane does not list counts as `floor`."""
    values = {chunk_id: scores.get(chunk_id, floor) for chunk_id in union}
    mean = sum(values.values()) / max(len(values), 1)
    spread = sqrt(sum((value - mean) ** 2 for value in values.values()) / max(len(values), 1))
    # All alike, up to rounding: then this lane has nothing to say about the order.
    if spread < 1e-9:
        return dict.fromkeys(values, 0.0)
    return {chunk_id: (value - mean) / spread for chunk_id, value in values.items()}


def _why(exact: bool, nearly: bool, complete: bool, words: bool, meaning: bool) -> str:
    if exact:
        return "exact"
    if nearly:
        return "nearly exact"
    if complete:
        return "all words"
    if words and meaning:
        return "words and meaning"
    return "words" if words else "meaning"
