"""BERT as an ONNX graph, written from its weights: word pieces in, one vector of length 1 out.

    ids ─▶ embeddings ─▶ norm ─▶ layers × [ attention ─▶ + norm ─▶ feed-forward ─▶ + norm ] ─▶ mean ─▶ L2
                                                ▲                                               ▲
    mask ───────────────────────────────────────┴───────────────────────────────────────────────┘

Devlin et al., BERT, 2019 (arXiv:1810.04805); pooling as in Reimers & Gurevych, Sentence-BERT, 2019
(arXiv:1908.10084). Standard operators only: onnxruntime's own fused attention was measured and is no faster, as four
fifths of the time go into matrix products that already run at the processor's peak.
"""

import math

import numpy as np
from onnx import ModelProto, TensorProto, helper

from extraction.embedding.base import EmbeddingUnavailable
from extraction.embedding.model_files import BertConfig
from extraction.embedding.onnx_nodes import Nodes

OPSET = 20
IR_VERSION = 10
# Added to the score of padding: its share after the softmax is exactly 0.
MASKED = -10_000.0

Weights = dict[str, np.ndarray]


def bert_graph(weights: Weights, config: BertConfig) -> ModelProto:
    """A model with inputs `input_ids`, `attention_mask` (int64, batch × length) and output `embedding` (float32).

    Raises EmbeddingUnavailable if a weight is missing or of another shape.
    """
    nodes = Nodes()
    mask = nodes.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    masked = nodes.add("Unsqueeze", nodes.add("Sub", nodes.number(1.0), mask), nodes.integers(1, 2))
    bias = nodes.add("Mul", masked, nodes.number(MASKED))
    hidden = _embeddings(nodes, weights, config)
    for number in range(config.num_hidden_layers):
        hidden = _layer(nodes, weights, config, f"encoder.layer.{number}", hidden, bias)
    _pooling(nodes, hidden, mask)
    size = ["batch", "length"]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, size) for n in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", config.hidden_size])
    graph = helper.make_graph(nodes.nodes, "bert", inputs, [output], list(nodes.constants.values()))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def _embeddings(nodes: Nodes, weights: Weights, config: BertConfig) -> str:
    """Word + position + type; there is one text, so its type is always the first and joins the position."""
    width = config.hidden_size
    words = _tensor(weights, "embeddings.word_embeddings.weight", config.vocab_size, width)
    positions = _tensor(weights, "embeddings.position_embeddings.weight", config.max_position_embeddings, width)
    types = _tensor(weights, "embeddings.token_type_embeddings.weight", 2, width)
    length = nodes.add("Slice", nodes.add("Shape", "input_ids"), nodes.integers(1), nodes.integers(2))
    position = nodes.add(
        "Slice", nodes.constant("positions", positions + types[0]), nodes.integers(0), length, nodes.integers(0)
    )
    word = nodes.add("Gather", nodes.constant("words", words), "input_ids")
    return _norm(nodes, weights, config, "embeddings", nodes.add("Add", word, position))


def _layer(nodes: Nodes, weights: Weights, config: BertConfig, name: str, hidden: str, bias: str) -> str:
    width, inner = config.hidden_size, config.intermediate_size
    seen = _attention(nodes, weights, config, f"{name}.attention.self", hidden, bias)
    seen = _linear(nodes, weights, f"{name}.attention.output.dense", seen, width, width)
    hidden = _norm(nodes, weights, config, f"{name}.attention.output", nodes.add("Add", seen, hidden))
    wide = nodes.add("Gelu", _linear(nodes, weights, f"{name}.intermediate.dense", hidden, width, inner))
    narrow = _linear(nodes, weights, f"{name}.output.dense", wide, inner, width)
    return _norm(nodes, weights, config, f"{name}.output", nodes.add("Add", narrow, hidden))


def _attention(nodes: Nodes, weights: Weights, config: BertConfig, name: str, hidden: str, bias: str) -> str:
    """softmax(q·kᵀ/√d + bias)·v in every head. One product makes q, k and v; 1/√d is folded into q's weights."""
    width, heads = config.hidden_size, config.num_attention_heads
    scale = np.float32(1 / math.sqrt(width // heads))
    parts = [(f"{name}.query", scale), (f"{name}.key", np.float32(1)), (f"{name}.value", np.float32(1))]
    matrix = np.concatenate([_tensor(weights, f"{part}.weight", width, width) * by for part, by in parts]).T
    shift = np.concatenate([_tensor(weights, f"{part}.bias", width) * by for part, by in parts])
    product = nodes.add("MatMul", hidden, nodes.constant(f"{name}.weight", matrix))
    split = nodes.split(nodes.add("Add", product, nodes.constant(f"{name}.bias", shift)), 3)
    by_head = [nodes.add("Reshape", part, nodes.integers(0, 0, heads, width // heads)) for part in split]
    query, value = (nodes.add("Transpose", by_head[part], perm=[0, 2, 1, 3]) for part in (0, 2))
    key = nodes.add("Transpose", by_head[1], perm=[0, 2, 3, 1])
    shares = nodes.add("Softmax", nodes.add("Add", nodes.add("MatMul", query, key), bias), axis=-1)
    seen = nodes.add("Transpose", nodes.add("MatMul", shares, value), perm=[0, 2, 1, 3])
    return nodes.add("Reshape", seen, nodes.integers(0, 0, width))


def _pooling(nodes: Nodes, hidden: str, mask: str) -> None:
    """The sum over what is not padding, at length 1: the mean's divisor would cancel."""
    row = nodes.add("Unsqueeze", mask, nodes.integers(1))
    total = nodes.add("Squeeze", nodes.add("MatMul", row, hidden), nodes.integers(1))
    length = nodes.add("ReduceL2", total, nodes.integers(1), keepdims=1)
    nodes.add("Div", total, nodes.add("Max", length, nodes.number(1e-12)), output="embedding")


def _linear(nodes: Nodes, weights: Weights, name: str, value: str, inner: int, outer: int) -> str:
    matrix = nodes.constant(f"{name}.weight", _tensor(weights, f"{name}.weight", outer, inner).T)
    shift = nodes.constant(f"{name}.bias", _tensor(weights, f"{name}.bias", outer))
    return nodes.add("Add", nodes.add("MatMul", value, matrix), shift)


def _norm(nodes: Nodes, weights: Weights, config: BertConfig, name: str, value: str) -> str:
    scale, shift = (
        nodes.constant(full, _tensor(weights, full, config.hidden_size))
        for full in (f"{name}.LayerNorm.weight", f"{name}.LayerNorm.bias")
    )
    return nodes.add("LayerNormalization", value, scale, shift, axis=-1, epsilon=config.layer_norm_eps)


def _tensor(weights: Weights, name: str, *shape: int) -> np.ndarray:
    tensor = weights.get(name)
    if tensor is None or tensor.shape != shape:
        raise EmbeddingUnavailable(f"The model's weights do not fit its config.json: {name}.")
    return tensor
