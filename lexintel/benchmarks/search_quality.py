"""How well search answers, beside BM25 and beside nearest vectors, over the same chunks in the same run."""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any
from uuid import UUID

import numpy as np

from documents.models import Chunk, ChunkEmbedding
from extraction.embedders import configured
from lexintel.benchmarks.retrieval_set import Question, RetrievalSet
from search.lanes.lexical import lexical
from search.query import parse
from search.retrieval import retrieve
from search.scope import Scope

# What a reader sees before scrolling, in characters of passages.
SHOWN_CHARS = 4000
DEPTH = 50
Ranker = Callable[[Question], list[int]]


def ndcg(ranked: Sequence[int], gold: frozenset[int], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first k, every gold chunk worth the same."""
    found = sum(1 / math.log2(i + 2) for i, pk in enumerate(ranked[:k]) if pk in gold)
    return found / sum(1 / math.log2(i + 2) for i in range(min(k, len(gold))))


@dataclass(frozen=True)
class Index:
    """The reference rankers over some chunks; `vectors` are of length 1."""

    ids: list[int]
    bm25: Any
    vectors: np.ndarray

    def by_words(self, text: str) -> list[int]:
        """BM25 (k1 1.2, b .75, snowball stems): bm25s, a maintained library."""
        import bm25s

        tokens = bm25s.tokenize([text], stopwords="en", stemmer=_stemmer(), show_progress=False)
        rows, scores = self.bm25.retrieve(tokens, k=min(DEPTH, len(self.ids)), show_progress=False)
        return [self.ids[row] for row, score in zip(rows[0], scores[0], strict=True) if score > 0]

    def by_meaning(self, vector: np.ndarray) -> list[int]:
        """Cosine similarity, exact."""
        order = np.argsort(-(self.vectors @ vector), kind="stable")[:DEPTH]
        return [self.ids[row] for row in order]

    def by_both(self, text: str, vector: np.ndarray) -> list[int]:
        """Reciprocal rank fusion (k = 60) of the two."""
        scores: dict[int, float] = {}
        for ranked in (self.by_words(text), self.by_meaning(vector)):
            for place, pk in enumerate(ranked):
                scores[pk] = scores.get(pk, 0) + 1 / (60 + place + 1)
        return sorted(scores, key=lambda pk: -scores[pk])


def measure(data: RetrievalSet) -> dict[str, Any]:
    """Every figure of quality; needs bm25s and PyStemmer from the development requirements."""
    rows = _rows(data)
    lengths = {pk: len(body) for pk, _, body, _ in rows}
    whole = index_of(rows)
    inside = {document: index_of([r for r in rows if r[1] == document]) for document in {r[1] for r in rows}}
    bare = _vectors({q.bare for q in data.answerable})
    named = _vectors({q.named for q in data.answerable})
    case = Scope((data.case.pk,))

    def ours(question: Question, *, name: bool, document: bool, mode: str = "hybrid") -> list[int]:
        scope = Scope(case.case_ids, (question.document,)) if document else case
        text = question.named if name else question.bare
        return [r.chunk_id for r in retrieve(parse(text), scope, mode).ranked]

    def unrouted(question: Question) -> list[int]:
        return [r.chunk_id for r in retrieve(parse(question.bare), case, "hybrid", routed=False).ranked]

    def words_alone(question: Question) -> list[int]:
        scope = Scope(case.case_ids, (question.document,))
        return [h.chunk_id for h in lexical(parse(question.bare), scope, DEPTH)]

    tasks: dict[str, dict[str, Ranker]] = {
        "in_document": {
            "bm25": lambda q: inside[q.document].by_words(q.bare),
            "dense": lambda q: inside[q.document].by_meaning(bare[q.bare]),
            "rrf": lambda q: inside[q.document].by_both(q.bare, bare[q.bare]),
            "lexical_lane": words_alone,
            "lexical": lambda q: ours(q, name=False, document=True, mode="lexical"),
            "hybrid": lambda q: ours(q, name=False, document=True),
        },
        "named": {
            "bm25": lambda q: whole.by_words(q.named),
            "dense": lambda q: whole.by_meaning(named[q.named]),
            "rrf": lambda q: whole.by_both(q.named, named[q.named]),
            "hybrid": lambda q: ours(q, name=True, document=False),
        },
        "unnamed": {
            "bm25": lambda q: whole.by_words(q.bare),
            "dense": lambda q: whole.by_meaning(bare[q.bare]),
            "without_routing": unrouted,
            "hybrid": lambda q: ours(q, name=False, document=False),
        },
    }
    figures: dict[str, Any] = {
        task: {name: _figures(ranker, data.answerable, lengths) for name, ranker in rankers.items()}
        for task, rankers in tasks.items()
    }
    # A document may hold none of a question's words; then only meaning finds something in it.
    empty = {
        "lexical_in_case": sum(not lexical(parse(q.bare), case, 1) for q in data.questions),
        "lexical_in_document": sum(not words_alone(q) for q in data.questions),
        "hybrid_in_document": sum(not ours(q, name=False, document=True) for q in data.questions),
    }
    return figures | {"ratios": _ratios(figures), "empty": empty}


def _ratios(figures: dict[str, Any]) -> dict[str, float]:
    def of(task: str, ranker: str) -> float:
        return float(figures[task][ranker]["ndcg@10"])

    best = {task: max(of(task, name) for name in ("bm25", "dense")) for task in ("in_document", "named", "unnamed")}
    return {
        "lexical_lane_to_bm25": round(of("in_document", "lexical_lane") / of("in_document", "bm25"), 3),
        "hybrid_to_best_in_document": round(of("in_document", "hybrid") / best["in_document"], 3),
        "hybrid_to_best_naive_named": round(of("named", "hybrid") / max(best["named"], of("named", "rrf")), 3),
        "hybrid_to_unrouted_unnamed": round(of("unnamed", "hybrid") / of("unnamed", "without_routing"), 3),
    }


def _figures(ranker: Ranker, questions: Iterable[Question], lengths: dict[int, int]) -> dict[str, float]:
    ranked = [(ranker(q), q.gold) for q in questions]
    figures = {"ndcg@10": fmean(ndcg(r, gold) for r, gold in ranked)}
    for k in (5, 10, 20):
        figures[f"recall@{k}"] = fmean(len(gold & set(r[:k])) / len(gold) for r, gold in ranked)
    figures["mrr"] = fmean(next((1 / (i + 1) for i, pk in enumerate(r) if pk in gold), 0.0) for r, gold in ranked)
    shown = f"recall@{SHOWN_CHARS}chars"
    figures[shown] = fmean(len(gold & _shown(r, lengths)) / len(gold) for r, gold in ranked)
    return {name: round(value, 4) for name, value in figures.items()}


def _shown(ranked: Sequence[int], lengths: dict[int, int]) -> set[int]:
    shown, chars = set(), 0
    for pk in ranked:
        chars += lengths.get(pk, 0)
        if chars > SHOWN_CHARS:
            break
        shown.add(pk)
    return shown


Row = tuple[int, UUID, str, np.ndarray]


def _rows(data: RetrievalSet) -> list[Row]:
    vectors = dict(ChunkEmbedding.objects.filter(case=data.case).values_list("chunk_id", "embedding"))
    chunks = Chunk.objects.filter(case=data.case).order_by("pk").values_list("pk", "document_id", "body")
    return [(pk, document, body, np.asarray(vectors[pk], dtype=np.float32)) for pk, document, body in chunks]


def index_of(rows: Sequence[Row]) -> Index:
    """The reference rankers over these chunks."""
    import bm25s

    # It sets its own to say every step.
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    tokens = bm25s.tokenize([r[2] for r in rows], stopwords="en", stemmer=_stemmer(), show_progress=False)
    bm25 = bm25s.BM25(k1=1.2, b=0.75)
    bm25.index(tokens, show_progress=False)
    return Index([r[0] for r in rows], bm25, np.stack([r[3] for r in rows]))


def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def _vectors(texts: Iterable[str]) -> dict[str, np.ndarray]:
    ordered = sorted(texts)
    return dict(zip(ordered, configured().embed(ordered), strict=True))
