"""Equalized weights: the same function, and less lost where channels share one scale."""

from pathlib import Path

import numpy as np
import onnx
from lamplighter_recipes.runtimes.onnxruntime.graph import constants, replace_constant
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.techniques.quantization.equalize import (
    EqualizeConfig,
    equalizable_pairs,
    equalize,
)

from tests.simulators.onnx_networks import TENSORS, Builder, mobile_network, pictures


def unequal_network(path: Path) -> Path:
    """Channels whose weights differ by a factor of up to a thousand, as after merging norms."""
    b = Builder()
    x = b.convolution(b.pixels("image"), 3, 16)
    x = b.convolution(b.add("LeakyRelu", x, alpha=0.1), 16, 16, 3, 16)
    x = b.convolution(b.add("Relu", x), 16, 16, 1)
    x = b.convolution(b.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), 16, 4)
    b.save(x, path)
    model = onnx.load(path)
    factors = np.logspace(-1.5, 1.5, 16).astype(np.float32)
    for first, second in list(equalizable_pairs(model.graph)):
        values = constants(model.graph)
        for name, shape in ((first.input[1], (-1, 1, 1, 1)), (first.input[2], (-1,))):
            replace_constant(model.graph, name, values[name] * factors.reshape(shape))
        weights = values[second.input[1]]
        shape = (-1, 1, 1, 1) if weights.shape[1] == 1 else (1, -1, 1, 1)
        replace_constant(model.graph, second.input[1], weights / factors.reshape(shape))
        factors = np.roll(factors, 5)
    onnx.save(model, path)
    return path


def answers(graph: Path) -> np.ndarray:
    infer = open_infer(graph, TENSORS)
    return np.concatenate([infer(picture)["answer"] for picture in pictures()])


def error_in_eight_bits(graph: Path, reference: np.ndarray, *, per_channel: bool) -> float:
    """Squared error over the square of the answers."""
    target = graph.with_suffix(".q.onnx")
    ranges = measure_ranges(graph, TENSORS, pictures())
    quantize_graph(graph, target, ranges, "u8", per_channel=per_channel)
    return float(((answers(target) - reference) ** 2).sum() / (reference**2).sum())


def test_the_function_stays_and_eight_bits_lose_less(tmp_path: Path) -> None:
    graph, equalized = unequal_network(tmp_path / "float.onnx"), tmp_path / "equal.onnx"
    equalize(graph, equalized, EqualizeConfig(), None)
    reference = answers(graph)
    np.testing.assert_allclose(answers(equalized), reference, rtol=1e-3, atol=1e-3)
    before, after = (
        error_in_eight_bits(path, reference, per_channel=False) for path in (graph, equalized)
    )
    assert after < 0.1 * before


def test_neighbouring_channels_end_with_like_ranges(tmp_path: Path) -> None:
    graph, equalized = unequal_network(tmp_path / "float.onnx"), tmp_path / "equal.onnx"
    equalize(graph, equalized, EqualizeConfig(rounds=60), None)
    model = onnx.load(equalized)
    values = constants(model.graph)
    pairs = list(equalizable_pairs(model.graph))
    assert len(pairs) == 3
    for first, second in pairs:
        ours = np.abs(values[first.input[1]]).max(axis=(1, 2, 3))
        weights = values[second.input[1]]
        theirs = np.abs(weights).max(axis=(1, 2, 3) if weights.shape[1] == 1 else (0, 2, 3))
        np.testing.assert_allclose(ours, theirs, rtol=0.05)


def test_an_activation_that_is_not_indifferent_parts_a_pair(tmp_path: Path) -> None:
    graph, same = mobile_network("silu", tmp_path / "float.onnx"), tmp_path / "same.onnx"
    equalize(graph, same, EqualizeConfig(), None)
    np.testing.assert_array_equal(answers(same), answers(graph))


def test_weights_that_several_layers_read_stay_as_they_are(tmp_path: Path) -> None:
    b = Builder()
    x = b.add("Relu", b.convolution(b.pixels("image"), 3, 16))
    x = b.add("Relu", b.convolution(x, 16, 16))
    weights, bias = list(b.constants)[-2:]
    x = b.add("Conv", x, weights, bias, pads=[1, 1, 1, 1])
    graph, equalized = b.save(x, tmp_path / "float.onnx"), tmp_path / "equal.onnx"
    equalize(graph, equalized, EqualizeConfig(), None)
    np.testing.assert_allclose(answers(equalized), answers(graph), rtol=1e-3, atol=1e-3)


def test_a_depthwise_layer_that_widens_is_not_paired(tmp_path: Path) -> None:
    b = Builder()
    x = b.add("Relu", b.convolution(b.pixels("image"), 3, 8))
    graph = b.save(b.convolution(x, 8, 16, 3, 8), tmp_path / "float.onnx")
    assert not list(equalizable_pairs(onnx.load(graph).graph))
