"""What is asked of an embedder, and what it is made from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

# Those of the default model.
DIMENSIONS = 384
# What a row of vectors and an index over them can hold: 4,000 half-precision numbers on a page of 8 kB.
MAX_DIMENSIONS = 4_000
# The limit the local model was trained with (sentence_bert_config.json); the rest of a longer text does not count.
MAX_PIECES = 256
# Far beyond those word pieces; a text that is one endless word must not cost seconds.
MAX_CHARS = 20_000


@dataclass(frozen=True)
class Service:
    """What messages call an endpoint, and how the names of its settings begin."""

    called: str
    prefix: str


EMBEDDING = Service("embedding endpoint", "EMBEDDING")


class EmbeddingUnavailable(Exception):
    """No vectors now. The message tells the operator what to do; it holds no text, key or foreign answer."""


class Embedder(Protocol):
    """Anything that turns texts into vectors.

    `model`: recorded with every vector; vectors of different names must not be compared.
    `dimensions`: 0 while an endpoint that decides about them has not answered yet.
    """

    @property
    def model(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str], /) -> np.ndarray:
        """float32 (len(texts), dimensions), each row of length 1, in the order given. Raises EmbeddingUnavailable."""
        ...


@dataclass(frozen=True)
class EmbeddingOptions:
    """`backend`: local or openai. `model`: the default's name, a folder, or the endpoint's name for its model.
    `data_dir`: where the built model is kept. `threads`: cores the local model may use.
    `dimensions`: what an endpoint's vectors must have, 0 for the model's own.
    """

    backend: str
    model: str
    base_url: str
    api_key: str = field(repr=False)
    data_dir: Path
    threads: int = 1
    dimensions: int = 0


def plain(text: str) -> str:
    """The part of a text that can matter, without lone surrogates: no tokenizer and no JSON reader takes those."""
    return text[:MAX_CHARS].encode("utf-8", "replace").decode()
