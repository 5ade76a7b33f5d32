"""What a line says: the PP-OCR recogniser with its last layer taken off.

The last layer has 18,710 outputs per step, a quarter of the work and most of the memory. The network is cut before it;
the layer is applied here, to the Western characters first and to all of them where those make no sense.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from extraction.ocr import ctc, onnx_session
from extraction.ocr.alphabet import IDEOGRAPHIC, is_foreign, is_western

LINE_HEIGHT_PX = 48
# The network needs some width, and no line of a page is wider.
MIN_WIDTH_PX, MAX_WIDTH_PX = 16, 6400
# Below this a line may be in another script.
DOUBTFUL = 0.8
# A shorter line in another script is a mark or part of a picture.
FEW_LETTERS = 3
TRIED_LINES = 4
# How much less likely letters of other languages are taken to be, in natural logarithms. Measured: specks make the
# network prefer an accented letter by up to 5.3, real accents (ten letters of French) by 10 and more, but for one.
FOREIGN = 6.0


QUOTES = "\"“”'‘’"


@dataclass(frozen=True)
class ReadLine:
    """`letters` with places in pixels of the line's image; `quotes`: probabilities (letters, QUOTES); `features`: what
    the network saw, (steps, features), for reading them with another alphabet; `width` of the image.
    """

    letters: tuple[ctc.Letter, ...]
    confidence: float
    quotes: np.ndarray
    features: np.ndarray
    width: int

    @property
    def text(self) -> str:
        return "".join(letter.text for letter in self.letters)


class _Head:
    """The last layer for some characters: from features to letters."""

    def __init__(self, weights: np.ndarray, bias: np.ndarray, alphabet: Sequence[str], chosen: Sequence[int]) -> None:
        self._letters = [alphabet[number] for number in chosen]
        self._weights, self._bias = np.ascontiguousarray(weights[:, chosen]), bias[list(chosen)]
        self._quotes = [self._letters.index(quote) for quote in QUOTES]

    def read(self, features: np.ndarray, width: int) -> ReadLine:
        chances = ctc.probabilities(features @ self._weights + self._bias)
        found = ctc.decode(chances, self._letters)
        step_px = width / max(1, len(chances))
        placed = tuple(ctc.Letter(item.text, item.confidence, item.step * step_px) for item in found.letters)
        return ReadLine(
            placed,
            found.confidence,
            chances[np.ix_(np.array(found.best, dtype=int), np.array(self._quotes, dtype=int))],
            features,
            width,
        )


class TextRecogniser:
    """The recogniser, loaded once. For languages with ideograms every line is read with the whole alphabet."""

    def __init__(self, model: Path, languages: tuple[str, ...], threads: int = 1) -> None:
        graph = onnx.load(model)
        alphabet = _alphabet(graph)
        weights, bias = _cut(graph, len(alphabet))
        bias = bias - np.float32(FOREIGN) * np.array([is_foreign(char, languages) for char in alphabet])
        western = [n for n, char in enumerate(alphabet) if n == ctc.BLANK or is_western(char)]
        self._session = onnx_session.open_model(graph.SerializeToString(), threads)
        self._everything = _Head(weights, bias, alphabet, range(len(alphabet)))
        ideographic = bool(IDEOGRAPHIC.intersection(languages))
        self._usual = self._everything if ideographic else _Head(weights, bias, alphabet, western)

    def read(self, line: np.ndarray) -> ReadLine:
        """A grey line, uint8 (LINE_HEIGHT_PX, width)."""
        pixels = line.astype(np.float32) / np.float32(127.5) - np.float32(1)
        (features,) = self._session.run(None, {"x": np.broadcast_to(pixels, (1, 3, *pixels.shape))})
        return self._usual.read(features[0], line.shape[1])

    def in_any_script(self, lines: Sequence[ReadLine]) -> list[ReadLine]:
        """Lines that make no sense in the usual alphabet, read with all of it where they then do.

        The whole alphabet costs as much as the network, so a page is searched for another script in its longest lines
        first.
        """
        doubtful = [n for n, line in enumerate(lines) if line.letters and line.confidence < DOUBTFUL]
        doubtful.sort(key=lambda n: -lines[n].width)
        found, better = list(lines), 0
        for tried, number in enumerate(doubtful if self._usual is not self._everything else ()):
            if tried == TRIED_LINES and not better:
                break
            wide = self._everything.read(lines[number].features, lines[number].width)
            if wide.confidence >= DOUBTFUL and len(wide.letters) >= FEW_LETTERS:
                found[number], better = wide, better + 1
        return found


def _alphabet(graph: onnx.ModelProto) -> list[str]:
    """The blank, the characters the model file lists, and the space that PP-OCR adds."""
    listed = next(p.value for p in graph.metadata_props if p.key == "character")
    return ["", *listed.splitlines(), " "]


def _cut(graph: onnx.ModelProto, characters: int) -> tuple[np.ndarray, np.ndarray]:
    """Takes the last layer off the graph; its weights (features, characters) and bias."""
    weights = {w.name: w for w in graph.graph.initializer}
    nodes = list(graph.graph.node)
    at = next(
        n
        for n, node in enumerate(nodes)
        if node.op_type == "MatMul" and node.input[1] in weights and weights[node.input[1]].dims[1] == characters
    )
    matrix = onnx.numpy_helper.to_array(weights[nodes[at].input[1]])
    bias = onnx.numpy_helper.to_array(weights[nodes[at + 1].input[1]])
    before = nodes[at].input[0]
    del graph.graph.node[at:]
    kept = [w for w in graph.graph.initializer if w.name not in (nodes[at].input[1], nodes[at + 1].input[1])]
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    output = onnx.helper.make_tensor_value_info(before, onnx.TensorProto.FLOAT, [None, None, matrix.shape[0]])
    graph.graph.output[0].CopyFrom(output)
    return matrix, bias
