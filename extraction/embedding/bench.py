"""The bare session that the embed stage is measured against: the same model, options and batches, and nothing else."""

import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from extraction.embedding.base import EmbeddingOptions
from extraction.embedding.batches import feed, plan
from extraction.embedding.local import load
from extraction.embedding.model_files import DEFAULT_MODEL

# More passes over few texts tell nothing new.
MAX_PASSES = 5


def measure(
    texts: Sequence[str], seconds: float = 20, *, model: str = DEFAULT_MODEL, threads: int = 1
) -> dict[str, float]:
    """Texts per second through onnxruntime, tokenised and sorted by length beforehand; `seconds` is the longest run.

    The batches come in random order, so that a run that ends early saw long and short ones alike. `cpu_s` is the
    processor time of the run: where it is far below `seconds` on one thread, the machine had other work.
    """
    if not texts:
        return {"raw_chunks_per_s": 0.0, "chunks": 0, "seconds": 0.0, "cpu_s": 0.0}
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-model-") as folder:
        options = EmbeddingOptions("local", model, base_url="", api_key="", data_dir=Path(folder), threads=threads)
        embedder = load(options)
    pieces = embedder.tokenize(texts)
    batches = [feed([pieces[position] for position in batch]) for batch in plan([len(row) for row in pieces])]
    random.Random(0).shuffle(batches)  # noqa: S311 - an order, not a secret
    embedder.session.run(None, batches[0])
    count, started, cpu_started = 0, time.perf_counter(), time.process_time()
    deadline = started + seconds
    for batch in batches * MAX_PASSES:
        embedder.session.run(None, batch)
        count += len(batch["input_ids"])
        if time.perf_counter() >= deadline:
            break
    spent, cpu = time.perf_counter() - started, time.process_time() - cpu_started
    return {"raw_chunks_per_s": count / spent, "chunks": count, "seconds": round(spent, 3), "cpu_s": round(cpu, 3)}
