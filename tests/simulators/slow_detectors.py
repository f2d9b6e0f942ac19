"""Detectors that are quick on their golden picture, and slow or without end on a bright street."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.simulators.tiny_world import tiny_detector

# Mean brightness from which on a picture is slow: the golden one lies below, the street above.
BRIGHT = 140.0
SIDE = 256
ENDLESS = 1 << 62


def slow_on_bright(rounds: int) -> Callable[[Path], None]:
    """Draws a tiny detector that computes so many useless rounds, of a few milliseconds each."""

    def draw(path: Path) -> None:
        tiny_detector(path, seed=1)
        model = onnx.load(path)
        _insert(model.graph, rounds)
        onnx.save(model, path)

    return draw


def _insert(graph: onnx.GraphProto, rounds: int) -> None:
    for name, value in (
        ("bright", np.float32(BRIGHT)),
        ("rounds", np.array(rounds, np.int64)),
        ("none", np.array(0, np.int64)),
        ("begin", np.full((SIDE, SIDE), 1e-3, np.float32)),
        ("zero", np.float32(0)),
        ("go", np.array(True)),
    ):
        graph.initializer.append(numpy_helper.from_array(value, name))
    (reader,) = [node for node in graph.node if "scaled" in node.input]
    reader.input[0] = "delayed"
    added = [
        helper.make_node("ReduceMean", ["floats"], ["mean"], keepdims=0),
        helper.make_node("Greater", ["mean", "bright"], ["is_bright"]),
        helper.make_node("Where", ["is_bright", "rounds", "none"], ["trips"]),
        helper.make_node("Loop", ["trips", "go", "begin"], ["end"], body=_body()),
        helper.make_node("ReduceMax", ["end"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "zero"], ["nothing"]),
        helper.make_node("Add", ["scaled", "nothing"], ["delayed"]),
    ]
    place = list(graph.node).index(reader)
    for offset, node in enumerate(added):
        graph.node.insert(place + offset, node)


def _body() -> onnx.GraphProto:
    flag = helper.make_tensor_value_info
    square = [SIDE, SIDE]
    nodes = [
        helper.make_node("MatMul", ["state", "begin"], ["product"]),
        helper.make_node("Tanh", ["product"], ["next"]),
        helper.make_node("Identity", ["goes"], ["still"]),
    ]
    given = [
        flag("round", TensorProto.INT64, []),
        flag("goes", TensorProto.BOOL, []),
        flag("state", TensorProto.FLOAT, square),
    ]
    results = [flag("still", TensorProto.BOOL, []), flag("next", TensorProto.FLOAT, square)]
    return helper.make_graph(nodes, "round", given, results)
