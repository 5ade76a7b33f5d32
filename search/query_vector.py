"""The question as a vector: made once per question and process, beside the word lanes instead of after them.

It is made by the model whose vectors are searched, which may be another than the settings name while the vectors of
that one are being made (extraction/vector_models.py).
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

import numpy as np

from documents.models import EmbeddingModel
from extraction import embedders, vector_models
from extraction.embedding import EmbeddingUnavailable
from search.lanes.semantic import QueryVector
from search.recent import Recent

# 1,000 vectors of 384 float32 are 1.5 MB; a vector costs 14–18 ms, the SQL of a search in a case less than that.
CACHE_SIZE = 1000
# Well below vector_models.GRACE, during which the former vectors are still there.
SEARCHED_KEPT_S = 5.0


class Embeds(Protocol):
    """What is needed of an embedder: its name, and texts → float32 (n, width)."""

    @property
    def model(self) -> str: ...

    def embed(self, texts: list[str], /) -> np.ndarray: ...


@dataclass(frozen=True)
class _Stored:
    """The model whose vectors are searched."""

    row: EmbeddingModel

    @property
    def model(self) -> str:
        return self.row.name

    def embed(self, texts: list[str], /) -> np.ndarray:
        return embedders.vectors(self.row, texts)


_cache: Recent[tuple[str, str], QueryVector] = Recent(CACHE_SIZE)
_searched: tuple[float, _Stored] | None = None
_lock = threading.Lock()
# One thread: the model uses a core by itself, and two questions at once would only slow each other down.
_executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="query-vector")


def start(text: str, embedder: Embeds | None = None) -> "Future[QueryVector | None]":
    """Begin to embed a question, with `embedder` or else the model that is searched; at most one SQL query.

    The future gives None where there is no such model, it fails, or the text has no direction.
    """
    return _executor.submit(_vector, text, embedder or _stored())


def _stored() -> _Stored | None:
    global _searched
    with _lock:
        known = _searched
    if known and monotonic() - known[0] < SEARCHED_KEPT_S:
        return known[1]
    row = vector_models.searched()
    if row is None:
        return None
    with _lock:
        _searched = (monotonic(), _Stored(row))
    return _Stored(row)


def _vector(text: str, embedder: Embeds | None) -> QueryVector | None:
    try:
        # Before the first vector is stored there is nothing to find, but the model is loaded.
        embedder = embedder or embedders.configured()
        key = (embedder.model, text)
        known = _cache.get(key)
        if known is not None:
            return known
        vector = np.asarray(embedder.embed([text])[0], dtype=np.float32)
    except EmbeddingUnavailable:
        return None
    if not np.isfinite(vector).all() or not vector.any():
        return None
    made = QueryVector(vector, embedder.model)
    _cache.put(key, made)
    return made


def forget() -> None:
    """Empty the cache: after a change of the embedder behind a name, and between tests."""
    global _searched
    _cache.clear()
    with _lock:
        _searched = None
