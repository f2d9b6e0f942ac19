"""Mixed precision: the layer that 8 bits spoil stays in floats, and a choice is made once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method
from lamplighter_recipes.runtimes.onnxruntime.graph import constants, replace_constant
from lamplighter_recipes.runtimes.onnxruntime.quantizing.layers import layers_of
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.runtimes.runtime import Ranges
from lamplighter_recipes.techniques.quantization.quantize_mixed import (
    QuantizeMixedConfig,
    quantize_mixed,
)

from tests.simulators.onnx_networks import ACTIVATIONS, TENSORS, Builder, mobile_network, pictures


class Bench:
    """A context on real networks, with a clock that takes every layer for equally quick."""

    machine = "x86_64"

    def __init__(self) -> None:
        self.choices: dict[str, list[str]] = {}

    def ranges(self, model: Path, _calibration: str, method: Method = USUAL) -> Ranges:
        return measure_ranges(model, TENSORS, pictures(), method)

    def likeness(self, model: Path, reference: Path, frames: int) -> tuple[float, float]:
        ours, theirs = (
            np.concatenate([open_infer(path, TENSORS)(p)["answer"] for p in pictures(frames)])
            for path in (model, reference)
        )
        error = float(np.sqrt(((ours - theirs) ** 2).sum() / (theirs**2).sum()))
        return 1 - error, error

    def time_ratio(self, _model: Path, _other: Path) -> float:
        return 1.0

    def kept_choice(
        self, _source: Path, settings: str, choose: Callable[[], list[str]]
    ) -> list[str]:
        if settings not in self.choices:
            self.choices[settings] = choose()
        return self.choices[settings]


def with_a_fragile_layer(path: Path) -> tuple[Path, str]:
    """One channel of the second layer is a thousand times as large as the others that matter."""
    b = Builder()
    x = b.add("Relu", b.convolution(b.pixels("image"), 3, 16))
    x = b.add("Relu", b.convolution(x, 16, 16))
    x = b.add("Relu", b.convolution(x, 16, 16))
    b.save(b.convolution(x, 16, 4), path)
    model = onnx.load(path)
    fragile, after = [node for node in model.graph.node if node.op_type == "Conv"][1:3]
    values = constants(model.graph)
    weights, reader = values[fragile.input[1]].copy(), values[after.input[1]].copy()
    weights[0] *= 1000
    reader[:, 0] /= 1000
    replace_constant(model.graph, fragile.input[1], weights)
    replace_constant(model.graph, after.input[1], reader)
    onnx.save(model, path)
    return path, fragile.input[1]


def test_the_layer_that_eight_bits_spoil_stays_in_floats(tmp_path: Path) -> None:
    graph, fragile = with_a_fragile_layer(tmp_path / "float.onnx")
    bench, config = Bench(), QuantizeMixedConfig(agreement=0.95, time_share=1.0)
    quantize_mixed(graph, tmp_path / "whole.onnx", QuantizeMixedConfig(agreement=0.0), bench)
    quantize_mixed(graph, tmp_path / "mixed.onnx", config, bench)
    whole, mixed = (
        bench.likeness(tmp_path / name, graph, 6)[0] for name in ("whole.onnx", "mixed.onnx")
    )
    assert whole < 0.9
    assert mixed >= 0.95
    floats = {
        node.input[1]
        for node in onnx.load(tmp_path / "mixed.onnx").graph.node
        if node.op_type == "Conv" and not node.input[1].endswith("DequantizeLinear_Output")
    }
    assert floats and len(floats) < 4
    assert fragile  # what reads its 8-bit tensor may stay in floats as well


def test_a_choice_is_made_once(tmp_path: Path) -> None:
    graph, _ = with_a_fragile_layer(tmp_path / "float.onnx")
    bench, config = Bench(), QuantizeMixedConfig(agreement=0.95, time_share=1.0)
    quantize_mixed(graph, tmp_path / "first.onnx", config, bench)
    bench.likeness = None  # type: ignore[assignment] # nothing is measured any more
    quantize_mixed(graph, tmp_path / "second.onnx", config, bench)
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "second.onnx").read_bytes()


def test_layers_hold_every_node_between_the_first_weights_and_the_last(tmp_path: Path) -> None:
    for activation in ACTIVATIONS:
        graph = onnx.load(mobile_network(activation, tmp_path / f"{activation}.onnx")).graph
        layers = layers_of(graph)
        nodes = [name for layer in layers for name in layer.nodes]
        assert len(set(nodes)) == len(nodes)
        assert len(nodes) == len(graph.node) - 5  # four at the pixels, one at the end
