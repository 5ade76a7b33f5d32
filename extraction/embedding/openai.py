"""Any endpoint that speaks OpenAI's /v1/embeddings: a llama.cpp, vLLM, Ollama or TEI next door, or a hosted one."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from extraction.embedding.answers import read_vectors
from extraction.embedding.base import MAX_DIMENSIONS, EmbeddingOptions, EmbeddingUnavailable, plain
from extraction.embedding.breaker import CircuitBreaker
from extraction.embedding.endpoint import EndpointRefused, TimeLimits, parse, post

BATCH = 64
# What servers answer to a field that they do not know or do not accept.
CANNOT_SHORTEN = (400, 422)
# The column that records a vector's model holds 100 characters.
MAX_NAME = 90


class OpenAIEmbedder:
    """A remote model; safe to use from several threads. Nothing is asked before the first `embed`."""

    def __init__(
        self,
        options: EmbeddingOptions,
        *,
        limits: TimeLimits | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        """Raises EmbeddingUnavailable if the address, the model's name or the key cannot be used."""
        if not 0 < len(options.model) <= MAX_NAME:
            raise EmbeddingUnavailable(f"EMBEDDING_MODEL must name the endpoint's model in 1 to {MAX_NAME} characters.")
        # A line break in it would become a header of its own.
        if not (options.api_key.isascii() and (options.api_key + "x").isprintable()):
            raise EmbeddingUnavailable("EMBEDDING_API_KEY holds characters that no key has. Copy it again.")
        self.model = f"{options.model}@openai"
        self._name, self._limits, self._breaker = options.model, limits or TimeLimits(), breaker or CircuitBreaker()
        self._endpoint = parse(options.base_url, "embeddings")
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if options.api_key:
            self._headers["Authorization"] = f"Bearer {options.api_key}"
        self._shorten = False
        self.dimensions = options.dimensions

    def embed(self, texts: Sequence[str], /) -> np.ndarray:
        """See Embedder. Asks for at most 64 texts at a time."""
        parts = []
        for start in range(0, len(texts), BATCH):
            with self._breaker.watched():
                parts.append(self._batch(texts[start : start + BATCH]))
        return np.concatenate(parts) if parts else np.empty((0, self.dimensions), dtype=np.float32)

    def _batch(self, texts: Sequence[str]) -> np.ndarray:
        vectors = self._ask(texts, shorten=self._shorten)
        # The first answer decides, unless more than can be stored: then it is asked for the most that can.
        wanted = self.dimensions or min(vectors.shape[1], MAX_DIMENSIONS)
        if vectors.shape[1] != wanted and not self._shorten:
            # Asked only now: many servers refuse the field for a model that cannot be shortened, even to its own width.
            try:
                shortened = self._ask(texts, shorten=True)
            except EndpointRefused as error:
                if error.status not in CANNOT_SHORTEN:
                    raise
                shortened = vectors
            self._shorten = shortened.shape[1] == wanted
            vectors = shortened if self._shorten else vectors
        if vectors.shape[1] != wanted:
            raise EmbeddingUnavailable(
                f"The embedding endpoint's vectors have {vectors.shape[1]} dimensions, stored are {wanted}. "
                "Choose a model with as many, or one that can be shortened to them."
            )
        self.dimensions = wanted
        return vectors

    def _ask(self, texts: Sequence[str], *, shorten: bool) -> np.ndarray:
        # Some servers refuse an empty text.
        asked: dict[str, Any] = {"model": self._name, "input": [plain(text) or " " for text in texts]}
        asked["encoding_format"] = "float"
        if shorten:
            asked["dimensions"] = self.dimensions or MAX_DIMENSIONS
        content = post(self._endpoint, json.dumps(asked).encode(), self._headers, self._limits)
        return read_vectors(content, len(texts))
