"""Writes down the nodes and constants of an ONNX graph, and names them."""

from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper


class Nodes:
    """`nodes` in the order of their use; `constants` by name, each once."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Append a node with one output; the output's name."""
        output = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def split(self, value: str, parts: int) -> list[str]:
        """Cut the last axis into equal parts; their names."""
        outputs = [f"v{len(self.nodes)}.{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [value], outputs, axis=-1, num_outputs=parts))
        return outputs

    def constant(self, name: str, value: np.ndarray) -> str:
        """A tensor of the graph; a name that is there already stays as it is."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def integers(self, *values: int) -> str:
        """A constant of int64, one-dimensional."""
        return self.constant(f"integers{values}", np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        """A constant float32 scalar."""
        return self.constant(f"number({value})", np.array(value, dtype=np.float32))
