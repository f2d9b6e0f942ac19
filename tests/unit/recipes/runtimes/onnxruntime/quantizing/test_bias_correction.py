"""Biases take back the mean of what rounding the weights adds."""

from pathlib import Path

import numpy as np
import onnx
from lamplighter_recipes.runtimes.onnxruntime.activations import activations
from lamplighter_recipes.runtimes.onnxruntime.graph import constants
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.quantizing.bias_correction import (
    channel_means,
    correct_biases,
)
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges

from tests.simulators.onnx_networks import TENSORS, Builder, pictures


def network(path: Path) -> Path:
    """A ReLU, whose mean is not zero, between two convolutions."""
    b = Builder(3)
    x = b.add("Relu", b.convolution(b.pixels("image"), 3, 16))
    x = b.add("Relu", b.convolution(x, 16, 16, 3, 16))
    return b.save(b.convolution(x, 16, 8), path)


def mean_answer(graph: Path) -> np.ndarray:
    values = [v["answer"] for v in activations(graph, TENSORS, pictures(), ["answer"])]
    return np.concatenate(values).mean((0, 2, 3))


def test_the_mean_of_every_channel_comes_nearer(tmp_path: Path) -> None:
    graph, target = network(tmp_path / "float.onnx"), tmp_path / "q.onnx"
    ranges = measure_ranges(graph, TENSORS, pictures())
    # One scale for all weights of a layer: the rounding is coarse.
    quantize_graph(graph, target, ranges, "u8", per_channel=False)
    reference, before = mean_answer(graph), mean_answer(target)
    correct_biases(target, graph, channel_means(graph, TENSORS, pictures()))
    after = mean_answer(target)
    assert np.abs(after - reference).mean() < 0.5 * np.abs(before - reference).mean()


def test_only_biases_change(tmp_path: Path) -> None:
    graph, target = network(tmp_path / "float.onnx"), tmp_path / "q.onnx"
    quantize_graph(graph, target, measure_ranges(graph, TENSORS, pictures()), "u8")
    before = {item.name: item for item in onnx.load(target).graph.initializer}
    correct_biases(target, graph, channel_means(graph, TENSORS, pictures()))
    after = {item.name: item for item in onnx.load(target).graph.initializer}
    changed = {name for name, item in after.items() if item != before[name]}
    biases = {node.input[2] for node in onnx.load(graph).graph.node if node.op_type == "Conv"}
    assert changed == biases


def test_a_bias_that_layers_share_stays(tmp_path: Path) -> None:
    b = Builder(3)
    x = b.add("Relu", b.convolution(b.pixels("image"), 3, 16))
    x = b.add("Relu", b.convolution(x, 16, 16))
    shared = list(b.constants)[-1]
    x = b.add("Conv", x, b.weights(16, 16, 3, 3), shared, pads=[1, 1, 1, 1])
    graph, target = b.save(x, tmp_path / "float.onnx"), tmp_path / "q.onnx"
    quantize_graph(graph, target, measure_ranges(graph, TENSORS, pictures()), "u8")
    correct_biases(target, graph, channel_means(graph, TENSORS, pictures()))
    np.testing.assert_array_equal(
        constants(onnx.load(target).graph)[shared], constants(onnx.load(graph).graph)[shared]
    )
