"""The safetensors format: a length, a JSON header with offsets, then the numbers. No code, nothing to unpickle.

Format: https://github.com/huggingface/safetensors, "Format".
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from extraction.embedding.base import EmbeddingUnavailable

# The format's own limit.
MAX_HEADER_BYTES = 100_000_000


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The float32 tensors of a file by name: read-only views of the mapped file. Raises EmbeddingUnavailable."""
    try:
        mapped = np.memmap(path, dtype=np.uint8, mode="r")
        size = int.from_bytes(mapped[:8].tobytes(), "little")
        if not 2 <= size <= min(MAX_HEADER_BYTES, len(mapped) - 8):
            raise ValueError("header length")
        header = json.loads(mapped[8 : 8 + size].tobytes())
        body = mapped[8 + size :]
        return {
            name: _view(body, entry)
            for name, entry in header.items()
            if name != "__metadata__" and entry["dtype"] == "F32"
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise EmbeddingUnavailable("The model's model.safetensors is damaged.") from None


def _view(body: np.ndarray, entry: dict[str, Any]) -> np.ndarray:
    start, end = entry["data_offsets"]
    shape = entry["shape"]
    if not 0 <= start <= end <= len(body) or end - start != 4 * math.prod(shape):
        raise ValueError("offsets")
    return np.frombuffer(body, dtype="<f4", count=math.prod(shape), offset=start).reshape(shape)
