"""The model on this machine: onnxruntime on the processor, no network."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from extraction.embedding.base import EmbeddingOptions, EmbeddingUnavailable
from extraction.embedding.batches import feed, plan
from extraction.embedding.built_graph import PRECISION, built_graph
from extraction.embedding.model_files import ModelFiles, find
from extraction.embedding.word_pieces import Tokenize, tokenizer_of
from extraction.onnx_runtime import onnxruntime

MAX_THREADS = 64


class LocalEmbedder:
    """A loaded model; safe to use from several threads."""

    def __init__(self, model: str, dimensions: int, tokenize: Tokenize, session: onnxruntime.InferenceSession) -> None:
        self.model, self.dimensions, self.tokenize, self.session = model, dimensions, tokenize, session

    def embed(self, texts: Sequence[str], /) -> np.ndarray:
        """See Embedder. Of each text the first 256 word pieces count."""
        pieces = self.tokenize(texts)
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for batch in plan([len(row) for row in pieces]):
            vectors[batch] = self.session.run(None, feed([pieces[position] for position in batch]))[0]
        if not np.isfinite(vectors).all():
            raise EmbeddingUnavailable("The model gives vectors that are no numbers: its weights are damaged.")
        return vectors


def load(options: EmbeddingOptions) -> LocalEmbedder:
    """Check the model's files, build its graph if that was never done, and load it. Raises EmbeddingUnavailable."""
    files = find(options.model)
    tokenize = tokenizer_of(files.tokenizer, files.config.vocab_size)
    return LocalEmbedder(f"{files.name}@{PRECISION}", files.config.hidden_size, tokenize, _session(files, options))


def _session(files: ModelFiles, options: EmbeddingOptions) -> onnxruntime.InferenceSession:
    path = built_graph(files, options.data_dir)
    try:
        return open_session(path, options.threads)
    except Exception:  # onnxruntime's errors have no common class; a damaged or vanished file is built anew
        with suppress(OSError):
            path.unlink(missing_ok=True)
    try:
        return open_session(built_graph(files, options.data_dir), options.threads)
    except Exception as error:
        if isinstance(error, EmbeddingUnavailable):
            raise
        raise EmbeddingUnavailable("The built model cannot be loaded. Is there enough memory (300 MB)?") from error


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """A session on this many threads that costs nothing while it waits."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(max(threads, 1), MAX_THREADS)
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Threads that spin between batches would keep a core busy while nothing happens.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Patterns are remembered per shape, and here hardly two batches have the same one.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
