"""Detectors that are quick on their golden picture, and slow or as good as endless in bright light.

Without loops, which no variant may have: it is the matrices to be multiplied that are large then.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from tests.simulators.tiny_world import tiny_detector

# Mean brightness from which on a picture is slow: the golden one lies below, the street above.
BRIGHT = 140.0
SIDE, SMALL_SIDE = 2048, 4
ENDLESS = 200  # rounds: minutes


def slow_on_bright(rounds: int) -> Callable[[Path], None]:
    """Draws a tiny detector that computes so many useless rounds, of half a second or so each."""

    def draw(path: Path) -> None:
        tiny_detector(path, seed=1)
        model = onnx.load(path)
        _insert(model.graph, rounds)
        onnx.save(model, path)

    return draw


def _insert(graph: onnx.GraphProto, rounds: int) -> None:
    for name, value in (
        ("bright", np.float32(BRIGHT)),
        ("large", np.array([SIDE, SIDE], np.int64)),
        ("small", np.array([SMALL_SIDE, SMALL_SIDE], np.int64)),
        ("zero", np.float32(0)),
    ):
        graph.initializer.append(numpy_helper.from_array(value, name))
    (reader,) = [node for node in graph.node if "scaled" in node.input]
    reader.input[0] = "delayed"
    value = numpy_helper.from_array(np.array([1e-3], np.float32))
    added = [
        helper.make_node("ReduceMean", ["floats"], ["mean"], keepdims=0),
        helper.make_node("Greater", ["mean", "bright"], ["is_bright"]),
        helper.make_node("Where", ["is_bright", "large", "small"], ["square"]),
        helper.make_node("ConstantOfShape", ["square"], ["round0"], value=value),
        *(
            helper.make_node("MatMul", [f"round{number}", "round0"], [f"round{number + 1}"])
            for number in range(rounds)
        ),
        helper.make_node("ReduceMax", [f"round{rounds}"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "zero"], ["nothing"]),
        helper.make_node("Add", ["scaled", "nothing"], ["delayed"]),
    ]
    place = list(graph.node).index(reader)
    for offset, node in enumerate(added):
        graph.node.insert(place + offset, node)
