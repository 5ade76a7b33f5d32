"""A small BERT with random weights, written as a model folder, and a second opinion on any BERT: plain float64 numpy.

Nothing here uses the product: it is what the product is held against.
"""

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz", "lease", "rent", "court", "##s"]
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 384,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "intermediate_size": 96,
    "max_position_embeddings": 300,
    "vocab_size": len(WORDS),
    "layer_norm_eps": 1e-5,
}

ERF = np.frompyfunc(math.erf, 1, 1)


@dataclass(frozen=True)
class Bert:
    """Everything a forward pass needs; weights in float64."""

    weights: dict[str, np.ndarray]
    heads: int
    layers: int
    eps: float


def write_model(folder: Path, seed: int = 0, **config: Any) -> Path:
    """A complete model folder; `config` overrides or, with None, removes what config.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {k: v for k, v in (CONFIG | config).items() if v is not None}
    (folder / "config.json").write_text(json.dumps(said))
    write_safetensors(folder / "model.safetensors", random_weights(seed))
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(w, WORDS.index(w)) for w in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def random_weights(seed: int) -> dict[str, np.ndarray]:
    rng, width, inner = np.random.default_rng(seed), CONFIG["hidden_size"], CONFIG["intermediate_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), width),
        "embeddings.position_embeddings.weight": (CONFIG["max_position_embeddings"], width),
        "embeddings.token_type_embeddings.weight": (2, width),
        "embeddings.LayerNorm.weight": (width,),
        "embeddings.LayerNorm.bias": (width,),
    }
    for number in range(CONFIG["num_hidden_layers"]):
        at = f"encoder.layer.{number}"
        square = [f"{at}.attention.self.{k}" for k in ("query", "key", "value")] + [f"{at}.attention.output.dense"]
        shapes |= {f"{name}.weight": (width, width) for name in square} | {f"{name}.bias": (width,) for name in square}
        shapes |= {f"{at}.intermediate.dense.weight": (inner, width), f"{at}.intermediate.dense.bias": (inner,)}
        shapes |= {f"{at}.output.dense.weight": (width, inner), f"{at}.output.dense.bias": (width,)}
        for norm in (f"{at}.attention.output.LayerNorm", f"{at}.output.LayerNorm"):
            shapes |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
    return {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


def write_safetensors(path: Path, weights: dict[str, np.ndarray]) -> None:
    header, at = {}, 0
    for name, tensor in weights.items():
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [at, at + tensor.nbytes]}
        at += tensor.nbytes
    encoded = json.dumps(header).encode()
    body = b"".join(tensor.tobytes() for tensor in weights.values())
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + body)


def read_bert(folder: Path) -> Bert:
    """A model folder as it is, by another way than the product's."""
    content = (folder / "model.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    weights = {}
    for name, entry in json.loads(content[8 : 8 + size]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + size + offset for offset in entry["data_offsets"])
            weights[name] = np.frombuffer(content[start:end], "<f4").reshape(entry["shape"]).astype(np.float64)
    config = json.loads((folder / "config.json").read_text())
    return Bert(weights, config["num_attention_heads"], config["num_hidden_layers"], config["layer_norm_eps"])


def forward(bert: Bert, ids: list[int]) -> np.ndarray:
    """The sentence vector of one text, step by step as the paper has it: float64 (384,), length 1."""

    def w(name: str) -> np.ndarray:
        return bert.weights[name]

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ w(f"{name}.weight").T + w(f"{name}.bias")

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + bert.eps)
        return centred / deviation * w(f"{name}.LayerNorm.weight") + w(f"{name}.LayerNorm.bias")

    x = w("embeddings.word_embeddings.weight")[ids] + w("embeddings.position_embeddings.weight")[: len(ids)]
    x = norm(x + w("embeddings.token_type_embeddings.weight")[0], "embeddings")
    width = x.shape[1] // bert.heads
    for number in range(bert.layers):
        at = f"encoder.layer.{number}"
        q, k, v = (linear(x, f"{at}.attention.self.{part}") for part in ("query", "key", "value"))
        seen = np.empty_like(x)
        for head in range(bert.heads):
            part = slice(head * width, (head + 1) * width)
            scores = np.exp(q[:, part] @ k[:, part].T / math.sqrt(width))
            seen[:, part] = scores / scores.sum(axis=1, keepdims=True) @ v[:, part]
        x = norm(x + linear(seen, f"{at}.attention.output.dense"), f"{at}.attention.output")
        inner = linear(x, f"{at}.intermediate.dense")
        inner = inner * 0.5 * (1 + ERF(inner / math.sqrt(2)).astype(np.float64))
        x = norm(x + linear(inner, f"{at}.output.dense"), f"{at}.output")
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)
