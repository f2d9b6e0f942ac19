"""Cross-layer equalization: channels of neighbouring layers get ranges of like width.

Scaling a channel up in one layer and down in the next changes nothing in floating point where what
stands between them does not care (a ReLU, a pooling), and lets weights share one scale (Nagel et
al., Data-Free Quantization Through Weight Equalization and Bias Correction, ICCV 2019). Saves
nothing by itself; with a scale per channel there is little left to gain.
"""

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray

from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.runtimes.onnxruntime.graph import constants, consumers, replace_constant
from lamplighter_recipes.techniques.bounds import Count

# What gives s * f(x) for s * x, channel by channel, for every positive s.
INDIFFERENT_OPS = ("Relu", "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool", "Resize")
LEAST_RANGE = 1e-8  # a channel without weights stays as it is


@dataclass(frozen=True)
class EqualizeConfig:
    """`rounds` over all pairs: a layer between two others is in two of them."""

    rounds: Count = 20


class Pair(NamedTuple):
    """Two convolutions of which the second alone reads the first."""

    first: onnx.NodeProto
    second: onnx.NodeProto


@technique(EqualizeConfig)
def equalize(source: Path, target: Path, config: EqualizeConfig, _context: object) -> None:
    """Write the float graph `source` with equalized weights to `target`."""
    model = onnx.load(source)
    for _ in range(config.rounds):
        for pair in equalizable_pairs(model.graph):
            _equalize(model.graph, pair)
    onnx.save(model, target)


def equalizable_pairs(graph: onnx.GraphProto) -> Iterator[Pair]:
    """Neighbouring convolutions with nothing but indifferent operators between them.

    Weights that a third layer reads as well cannot be scaled for two.
    """
    constant = {item.name: item for item in graph.initializer}
    reads = Counter(name for node in graph.node for name in node.input)
    for node in graph.node:
        if not _is_convolution(node, constant) or any(reads[name] > 1 for name in node.input[1:]):
            continue
        reader = _next_weighted(graph, node)
        if reader is None or not _is_convolution(reader, constant) or reads[reader.input[1]] > 1:
            continue
        channels, readers = (constant[item.input[1]].dims[0] for item in (node, reader))
        if _groups(reader) == 1 or _groups(reader) == channels == readers:
            yield Pair(node, reader)


def _next_weighted(graph: onnx.GraphProto, node: onnx.NodeProto) -> onnx.NodeProto | None:
    """What alone reads a node's result, past indifferent operators."""
    results = {value.name for value in graph.output}
    tensor = node.output[0]
    while tensor not in results:
        readers = consumers(graph, tensor)
        if len(readers) != 1 or readers[0].input[0] != tensor:
            return None
        if readers[0].op_type not in INDIFFERENT_OPS:
            return readers[0]
        tensor = readers[0].output[0]
    return None


def _is_convolution(node: onnx.NodeProto, constant: Container[str]) -> bool:
    return node.op_type == "Conv" and node.input[1] in constant


def _equalize(graph: onnx.GraphProto, pair: Pair) -> None:
    values = constants(graph)
    first, second = values[pair.first.input[1]], values[pair.second.input[1]]
    depthwise = _groups(pair.second) > 1
    by_input = second if depthwise else second.swapaxes(0, 1)
    wide, narrow = _largest(first), _largest(by_input)
    present = (wide > LEAST_RANGE) & (narrow > LEAST_RANGE)
    product = np.where(present, wide * narrow, 1.0)
    factor = np.where(present, np.sqrt(product) / np.where(present, wide, 1.0), 1.0)
    _scale(graph, pair.first.input[1], first, factor, 0)
    if len(pair.first.input) > 2:
        _scale(graph, pair.first.input[2], values[pair.first.input[2]], factor, 0)
    _scale(graph, pair.second.input[1], second, 1 / factor, 0 if depthwise else 1)


def _scale(graph: onnx.GraphProto, name: str, value: NDArray, factor: NDArray, axis: int) -> None:
    shape = [-1 if place == axis else 1 for place in range(value.ndim)]
    replace_constant(graph, name, (value * factor.reshape(shape)).astype(np.float32))


def _largest(weights: NDArray) -> NDArray[np.float64]:
    """Of each channel, the first axis."""
    return np.abs(weights.astype(np.float64)).reshape(len(weights), -1).max(axis=1)


def _groups(node: onnx.NodeProto) -> int:
    return next((item.i for item in node.attribute if item.name == "group"), 1)
