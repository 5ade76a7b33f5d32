"""The embedding models that the settings and the stored vectors name, made from the settings."""

from collections.abc import Sequence

import numpy as np
from django.conf import settings

from documents.models import EmbeddingModel
from extraction.embedding import Embedder, EmbeddingOptions, EmbeddingUnavailable, make_embedder


def configured(threads: int = 1) -> Embedder:
    """The configured embedder, loaded once per process. Raises EmbeddingUnavailable."""
    return make(settings.EMBEDDING_BACKEND, settings.EMBEDDING_MODEL, threads=threads)


def make(backend: str, model: str, *, dimensions: int = 0, threads: int = 1) -> Embedder:
    """An embedder of the configured endpoint or of this machine. Raises EmbeddingUnavailable."""
    return make_embedder(
        EmbeddingOptions(
            backend=backend,
            model=model,
            base_url=settings.EMBEDDING_BASE_URL,
            api_key=settings.EMBEDDING_API_KEY,
            data_dir=settings.LEXINTEL_DATA_DIR,
            threads=threads,
            # A local model has what it has; asking for it would only load it a second time.
            dimensions=dimensions if backend == "openai" else 0,
        )
    )


def vectors(model: EmbeddingModel, texts: Sequence[str], *, threads: int = 1) -> np.ndarray:
    """float32 (len(texts), model.dimensions) by the very model that made the stored vectors.

    Raises EmbeddingUnavailable, also if what is behind its name has changed.
    """
    embedder = make(model.backend, model.setting, dimensions=model.dimensions, threads=threads)
    made = embedder.embed(texts)
    if embedder.model != model.name or (len(texts) and made.shape[1] != model.dimensions):
        raise EmbeddingUnavailable(
            f"The model behind {model.name} is no longer the one that made the stored vectors. Bring it back, or run "
            "manage.py embed_missing with another."
        )
    return made
