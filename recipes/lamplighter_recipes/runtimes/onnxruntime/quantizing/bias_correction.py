"""Biases that take back the mean of what rounding the weights adds to each channel."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
from lamplighter_wire.tasks.tensor_names import TensorNames
from numpy.typing import NDArray

from lamplighter_recipes.runtimes.onnxruntime.activations import activations
from lamplighter_recipes.runtimes.onnxruntime.graph import constants, replace_constant
from lamplighter_recipes.runtimes.onnxruntime.quantization import name_nodes
from lamplighter_recipes.runtimes.runtime import Images

QUANTIZED = "_DequantizeLinear_Output"  # how onnxruntime names what stands for a constant


def channel_means(
    source: Path, tensors: TensorNames, pictures: Iterable[Images]
) -> dict[str, NDArray[np.float64]]:
    """Mean of each channel of what every convolution of a float graph reads, over pictures."""
    graph = onnx.load(source).graph
    weights = {item.name for item in graph.initializer}
    names = sorted(
        {n.input[0] for n in graph.node if n.op_type == "Conv" and n.input[1] in weights}
    )
    sums: dict[str, list[NDArray[np.float64]]] = {name: [] for name in names}
    for values in activations(source, tensors, pictures, names):
        for name, value in values.items():
            sums[name].append(value.mean((0, 2, 3), dtype=np.float64))
    return {name: np.mean(means, axis=0) for name, means in sums.items()}


def correct_biases(quantized: Path, source: Path, means: Mapping[str, NDArray[np.float64]]) -> None:
    """Change the biases in the 8-bit form of `source` (Nagel et al., Data-Free Quantization Through
    Weight Equalization and Bias Correction, ICCV 2019, with means that were measured).

    The expected change of a channel is the rounding of its weights times what they usually read.
    Biases that several layers share stay as they are.
    """
    model, floats = onnx.load(quantized), onnx.load(source).graph
    name_nodes(floats)
    before, after = constants(floats), _held_weights(model.graph)
    reads = Counter(name for node in floats.node for name in node.input)
    for node in floats.node:
        if node.op_type != "Conv" or node.input[1] not in after or len(node.input) < 3:
            continue
        if reads[node.input[2]] > 1:
            continue
        rounding = (after[node.input[1]] - before[node.input[1]]).sum((2, 3), dtype=np.float64)
        shift = _expected(rounding, means[node.input[0]])
        bias = before[node.input[2]] - shift
        replace_constant(model.graph, node.input[2], bias.astype(np.float32))
    onnx.save(model, quantized)


def _expected(rounding: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each output channel, from rounding [out, in of a group] and means of all inputs."""
    out, width = rounding.shape
    groups = len(means) // width
    shared = means.reshape(groups, width).repeat(out // groups, axis=0)
    return np.asarray((rounding * shared).sum(axis=1), np.float64)


def _held_weights(graph: onnx.GraphProto) -> dict[str, NDArray[np.float32]]:
    """The values that 8-bit constants stand for, by the names of the float ones."""
    values = constants(graph)
    held = {}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in values:
            whole, scale = values[node.input[0]], values[node.input[1]]
            zero = values[node.input[2]] if len(node.input) > 2 else np.zeros((), np.int8)
            shape = [-1] + [1] * (whole.ndim - 1) if scale.ndim else []
            exact = whole.astype(np.float64) - zero.astype(np.float64).reshape(shape)
            name = node.output[0].removesuffix(QUANTIZED)
            held[name] = (exact * scale.reshape(shape)).astype(np.float32)
    return held
