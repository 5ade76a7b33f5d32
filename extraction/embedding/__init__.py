"""Texts become vectors, by a model on this machine or an endpoint. Plain Python: the settings come as EmbeddingOptions.

local   model_files ─▶ weights ─▶ bert_graph ─▶ built_graph (once) ─▶ local: word pieces ─▶ batches ─▶ onnxruntime
openai  openai ─▶ breaker ─▶ endpoint (addresses) ─▶ answers
"""

import os
import threading

from extraction.embedding.base import DIMENSIONS, MAX_DIMENSIONS, Embedder, EmbeddingOptions, EmbeddingUnavailable

__all__ = ["DIMENSIONS", "MAX_DIMENSIONS", "Embedder", "EmbeddingOptions", "EmbeddingUnavailable", "make_embedder"]

# By process: what a parent loaded before a fork has threads that the child has not.
_made: dict[tuple[int, EmbeddingOptions], Embedder] = {}
_lock = threading.Lock()


def make_embedder(options: EmbeddingOptions) -> Embedder:
    """The embedder for these options: loaded once per process, safe to call and to use from any thread.

    Raises EmbeddingUnavailable; the next call tries again.
    """
    key = (os.getpid(), options)
    with _lock:
        if key not in _made:
            _made[key] = _make(options)
        return _made[key]


def _make(options: EmbeddingOptions) -> Embedder:
    # Imported on first use: a process that never embeds does not pay for onnxruntime.
    if options.backend == "local":
        from extraction.embedding.local import load

        return load(options)
    if options.backend == "openai":
        from extraction.embedding.openai import OpenAIEmbedder

        return OpenAIEmbedder(options)
    raise EmbeddingUnavailable("EMBEDDING_BACKEND is unknown: use local or openai.")
