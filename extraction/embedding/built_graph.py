"""The built model on disk: made once per installation, whole or not at all, however many processes start at once."""

import fcntl
import hashlib
import os
from pathlib import Path

from extraction.embedding.base import EmbeddingUnavailable
from extraction.embedding.model_files import ModelFiles
from extraction.embedding.weights import read_weights

# The weights' own. Of the 8-bit variants, block-wise weights keep .98 of the ten nearest and are slower where the
# processor has AVX-512; dynamic int8 is 1.6 times as fast and keeps .91.
PRECISION = "fp32"
# Whoever changes how the graph is written gets another file.
SOURCES = ("bert_graph.py", "onnx_nodes.py")


def built_graph(files: ModelFiles, data_dir: Path) -> Path:
    """The ONNX file of a model, built now if it is not there. Raises EmbeddingUnavailable."""
    target = path_of(files, data_dir)
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # One process builds, the others wait for it; the lock ends with its process.
        with open(target.parent / ".building", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.exists():
                _build(files, target)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "it cannot be written"
        raise EmbeddingUnavailable(
            f"The model cannot be kept in {target.parent}: {reason}. Free disk space or correct LEXINTEL_DATA_DIR."
        ) from error
    return target


def path_of(files: ModelFiles, data_dir: Path) -> Path:
    """Where the built model is kept, keyed by everything that goes into it."""
    digest = hashlib.sha256(files.fingerprint.encode())
    for name in SOURCES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return data_dir / "models" / f"{files.name}-{PRECISION}-{digest.hexdigest()[:16]}.onnx"


def _build(files: ModelFiles, target: Path) -> None:
    # Imported late: a process that finds the file built does without onnx and its 30 MB.
    from extraction.embedding.bert_graph import bert_graph

    # A fixed name, as only the holder of the lock writes: what a killed process left is overwritten.
    part = target.with_suffix(".part")
    with open(part, "wb") as file:
        file.write(bert_graph(read_weights(files.weights), files.config).SerializeToString(deterministic=True))
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    for old in target.parent.glob(f"{files.name}-{PRECISION}-*.onnx"):
        if old != target:
            old.unlink(missing_ok=True)
