"""bench scale: search among a million passages in one database, the whole answer as a person sees it.

case        questions put to one case, to each in turn: .2, 1, 5 and 30 % of all passages, and one of 5,000
everywhere  questions put to all cases of a person at once
recall      of the meaning lane, beside comparing every vector with no index
memory      of PostgreSQL's processes (what they share counted once) and of the process that searches

Half of the questions are six words drawn at random, half are four of the four hundred most frequent words, each of
which stands in 3 to 20 % of all passages. No question is asked twice.
"""

import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.core.management.base import CommandError
from django.db import connection, transaction
from pgvector import HalfVector

from cases.models import Case
from extraction import vector_index, vector_models
from extraction.embedders import configured
from lexintel.benchmarks.made_up_passages import (
    PASSAGES_A_DOCUMENT,
    WORDS_OF_ALL,
    fill,
    say_on_stderr,
    vectors,
    word,
)
from lexintel.benchmarks.memory_watch import watched_memory
from lexintel.benchmarks.percentiles import percentile
from lexintel.benchmarks.scratch import scratch_installation
from lexintel.benchmarks.search_scale import SHARES
from search.engine import search
from search.lanes.semantic import QueryVector, semantic
from search.query import parse
from search.scope import Scope

CHUNKS, CASE_CHUNKS = 1_000_000, 5_000
QUESTIONS_A_CASE, QUESTIONS_EVERYWHERE, VECTORS = 40, 100, 10
K = 20
_NEAREST = """
SELECT chunk_id FROM documents_chunkembedding WHERE case_id = ANY(%s) AND model = %s
ORDER BY (embedding <=> %s::halfvec) + 0, chunk_id LIMIT 10
"""


def run(chunks: int = CHUNKS) -> dict[str, Any]:
    """Every figure, of a made-up database of so many passages. Raises CommandError if there is nothing to measure."""
    if chunks < 4 * CASE_CHUNKS:
        raise CommandError(f"Nothing to measure: give at least {4 * CASE_CHUNKS:,} passages.", returncode=2)
    with scratch_installation():
        sizes = [*(int(chunks * share) for share in SHARES), CASE_CHUNKS]
        started = time.perf_counter()
        cases = fill([*sizes, chunks - sum(sizes)], say=say_on_stderr)
        loaded = time.perf_counter()
        say_on_stderr("approximate index")
        model = vector_models.searched()
        assert model is not None
        vector_index.build(model)
        built = time.perf_counter()
        times = {"loaded_s": round(loaded - started, 1), "index_built_s": round(built - loaded, 1)}
        return {"chunks": chunks, "documents": chunks // PASSAGES_A_DOCUMENT, **times} | measure(cases, len(sizes))


def measure(cases: Sequence[Case], narrow: int) -> dict[str, Any]:
    """Figures of a filled database; the first `narrow` cases are also searched one by one."""
    dice = random.Random(11)
    configured().embed(["warm"])
    with watched_memory() as memory:
        found: dict[str, Any] = {}
        every: list[float] = []
        for case in cases[:narrow]:
            scope, size = Scope((case.pk,)), case.reference.rpartition("-")[2]
            taken = [_ms(question, scope) for question in _questions(dice, QUESTIONS_A_CASE)]
            found[size] = _told(taken) | _recall(scope)
            every += taken
            say_on_stderr(f"a case of {int(size):,}: {found[size]}")
        scope = Scope(tuple(case.pk for case in cases))
        taken = [_ms(question, scope) for question in _questions(dice, QUESTIONS_EVERYWHERE)]
        everywhere = _told(taken) | _recall(scope)
        say_on_stderr(f"all cases: {everywhere}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size_mb = round(cursor.fetchone()[0] / 2**20)
    return {"cases": found, "case": _told(every), "everywhere": everywhere, **memory.peaks(), "database_mb": size_mb}


def _questions(dice: random.Random, count: int) -> list[str]:
    rare = [" ".join(word(dice.randrange(1, WORDS_OF_ALL)) for _ in range(6)) for _ in range(count // 2)]
    common = [" ".join(word(dice.randrange(1, 400)) for _ in range(4)) for _ in range(count // 2)]
    return [question for pair in zip(rare, common, strict=True) for question in pair]


def _ms(question: str, scope: Scope) -> float:
    started = time.perf_counter()
    search(question, scope)
    return 1000 * (time.perf_counter() - started)


def _told(taken: Sequence[float]) -> dict[str, Any]:
    return {
        "searches": len(taken),
        "p50_ms": percentile(taken, 0.5, 1),
        "p95_ms": percentile(taken, 0.95, 1),
        "max_ms": percentile(taken, 1, 1),
        # Every other question, see above.
        "rare_words_p50_ms": percentile(taken[::2], 0.5, 1),
        "common_words_p50_ms": percentile(taken[1::2], 0.5, 1),
    }


def _recall(scope: Scope) -> dict[str, Any]:
    """Of the nearest ten, how many the meaning lane finds; and the fewest rows it gives where twenty are asked for."""
    model, least, found = configured().model, K, 0
    for vector in vectors(np.random.default_rng(17), VECTORS):
        hits = semantic(QueryVector(vector, model))(parse("anything"), scope, K)
        least = min(least, len(hits))
        found += len({hit.chunk_id for hit in hits[:10]} & _nearest(vector, scope, model))
    return {"rows": least, "recall@10": round(found / VECTORS / 10, 4)}


def _nearest(vector: np.ndarray, scope: Scope, model: str) -> set[int]:
    """By comparing every vector: a plain scan, whatever indexes there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_indexscan', 'off', true)")
        cursor.execute(_NEAREST, [list(scope.case_ids), model, HalfVector(vector).to_text()])
        return {chunk for (chunk,) in cursor.fetchall()}
