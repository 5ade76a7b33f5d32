"""bench embed: vectors as the workers make them, beside the bare onnxruntime session on the same texts, on one core.

ours   texts ─▶ tokens ─▶ batches of like length ─▶ session ─▶ vectors of length 1
bare   the same batches, made beforehand          ─▶ session

The two take turns, and each ratio is of one turn: what slows the machine for a while slows both.
"""

import time
from statistics import median
from typing import Any

from django.core.management.base import CommandError

from documents.models import Chunk
from extraction.embed_stage import embedded_text
from extraction.embedders import configured
from extraction.embedding import bench
from lexintel.benchmarks import cores
from lexintel.benchmarks.sample_record import sample_record
from lexintel.benchmarks.scratch import scratch_installation

TURNS, SECONDS, PASSAGES = 5, 50.0, 256
QUESTIONS = 100


def run(seconds: float = SECONDS) -> dict[str, Any]:
    """Passages a second, their ratio, and one question; `seconds` for all turns of both. Raises CommandError."""
    if seconds <= 0:
        raise CommandError("Nothing to measure: give more seconds.", returncode=2)
    with scratch_installation():
        chunks = Chunk.objects.filter(case=sample_record()).order_by("pk").only("heading", "body")
        texts = [embedded_text(chunk) for chunk in chunks[:PASSAGES]]
        questions = [" ".join(text.split()[:8]) for text in texts]
    with cores.one_core() as pinned:
        embedder = configured()
        embedder.embed(texts[:1])
        taken = [_turn(texts, seconds / TURNS / 2) for _ in range(TURNS)]
        asked = []
        for number in range(QUESTIONS):
            started = time.perf_counter()
            embedder.embed([questions[number % len(questions)]])
            asked.append(time.perf_counter() - started)
    return {
        "model": embedder.model,
        "on_one_core": pinned,
        "passages": len(texts),
        "embed_passages_per_s": round(median(ours for ours, _ in taken), 1),
        "raw_passages_per_s": round(median(bare for _, bare in taken), 1),
        "embed_to_raw": round(median(ours / bare for ours, bare in taken), 3),
        "question_p50_ms": round(median(asked) * 1000, 2),
    }


def _turn(texts: list[str], seconds: float) -> tuple[float, float]:
    """Passages a second: ours, and the bare session's."""
    count, started = 0, time.perf_counter()
    while not count or time.perf_counter() - started < seconds:
        configured().embed(texts)
        count += len(texts)
    return count / (time.perf_counter() - started), bench.measure(texts, seconds)["raw_chunks_per_s"]
