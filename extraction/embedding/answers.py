"""What an embedding endpoint says is hostile until it is as many finite vectors of one width as were asked for.

Format: https://platform.openai.com/docs/api-reference/embeddings, "The embedding object".
"""

import json
from typing import Any

import numpy as np

from extraction.embedding.base import EmbeddingUnavailable

MAX_DIMENSIONS = 16_384


def read_vectors(content: bytes, count: int) -> np.ndarray:
    """float32 (count, width) in the order asked, each of length 1. Raises EmbeddingUnavailable."""
    try:
        rows = _in_order(json.loads(content)["data"], count)
        values = np.array(rows)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise EmbeddingUnavailable("The embedding endpoint's answer is not one vector for each text.") from None
    if values.dtype.kind not in "iuf" or values.ndim != 2 or not 0 < values.shape[1] <= MAX_DIMENSIONS:
        raise EmbeddingUnavailable("The embedding endpoint's vectors are not rows of numbers of one width.")
    # Scaled first, as the square of a large number can be infinite.
    largest = np.abs(values.astype(np.float64)).max(axis=1, keepdims=True)
    if not np.isfinite(largest).all() or not largest.all():
        raise EmbeddingUnavailable("The embedding endpoint's vectors are not finite, or zero.")
    scaled = values / largest
    return (scaled / np.linalg.norm(scaled, axis=1, keepdims=True)).astype(np.float32)


def _in_order(data: list[dict[str, Any]], count: int) -> list[list[float]]:
    """Servers may answer in any order; `index` says which text a vector belongs to."""
    found: dict[int, list[float]] = {}
    for item in data:
        index, vector = item["index"], item["embedding"]
        if type(index) is not int or not 0 <= index < count or index in found or not isinstance(vector, list):
            raise ValueError("index")
        found[index] = vector
    if len(found) != count:
        raise ValueError("count")
    return [found[index] for index in range(count)]
