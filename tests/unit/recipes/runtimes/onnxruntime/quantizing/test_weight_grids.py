"""Weights that lie on a grid are quantized to it, and no others."""

from pathlib import Path

import numpy as np
import onnx
from lamplighter_recipes.runtimes.onnxruntime.graph import constants
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.quantizing.weight_grids import grid_of
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges

from tests.simulators.onnx_networks import TENSORS, Builder, pictures

RNG = np.random.default_rng(0)


def four_bits(*shape: int) -> np.ndarray:
    """Multiples -7 to 7 of a step for each channel, as half precision holds them."""
    steps = RNG.integers(128, 256, (shape[0], *[1] * (len(shape) - 1))) / 2**14
    return (RNG.integers(-7, 8, shape) * steps).astype(np.float16).astype(np.float32)


def test_the_coarsest_steps_that_hold_all_weights_are_found() -> None:
    weights = four_bits(16, 8, 3, 3)
    weights[3] = 0
    weights[5] = np.where(weights[5] > 0, 0.25, -0.5)
    grid = grid_of(weights)
    assert grid is not None
    assert np.abs(grid.multiples).max() <= 7
    assert set(np.unique(grid.multiples[5])) == {-2, 1}
    steps = grid.steps.reshape(-1, 1, 1, 1)
    np.testing.assert_allclose(grid.multiples * steps, weights, rtol=1e-6)


def test_one_channel_off_its_grid_is_enough() -> None:
    weights = four_bits(16, 8, 3, 3)
    weights[7] = RNG.normal(0, 1, weights[7].shape)
    assert grid_of(weights) is None


def test_a_late_weight_is_looked_at() -> None:
    weights = four_bits(4, 64, 3, 3)
    weights[2, -1, -1, -1] += 0.003
    assert grid_of(weights) is None


def test_a_quantized_graph_holds_such_weights_exactly(tmp_path: Path) -> None:
    b = Builder()
    x = b.add("Relu", b.convolution(b.pixels("image"), 3, 16))
    x = b.add("Relu", b.convolution(x, 16, 16))
    name = list(b.constants)[-2]
    b.constants[name] = weights = four_bits(16, 16, 3, 3)
    graph, target = b.save(b.convolution(x, 16, 8), tmp_path / "f.onnx"), tmp_path / "q.onnx"
    quantize_graph(graph, target, measure_ranges(graph, TENSORS, pictures()), "u8")
    values = constants(onnx.load(target).graph)
    whole, steps = values[f"{name}_quantized"], values[f"{name}_scale"]
    assert len(np.unique(whole)) <= 15
    np.testing.assert_allclose(whole * steps.reshape(-1, 1, 1, 1), weights, rtol=1e-6)
    others = [key for key in values if key.endswith("_quantized") and key != f"{name}_quantized"]
    assert all(np.abs(values[key]).max() == 127 for key in others)
