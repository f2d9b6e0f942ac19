"""Ranges by layer become ranges of what the layers read and give."""

import onnx
import pytest
from lamplighter_recipes.runtimes.onnxruntime.quantizing.learned_ranges import ranges_of_tensors
from onnx import helper


def test_an_activation_belongs_to_its_layer() -> None:
    node = helper.make_node
    graph = helper.make_graph(
        [
            node("Conv", ["a", "first.weight"], ["b"]),
            node("Relu", ["b"], ["c"]),
            node("MaxPool", ["c"], ["d"]),
            node("Conv", ["d", "second.weight"], ["e"]),
            node("Relu", ["e"], ["f"]),
            node("Add", ["e", "f"], ["g"]),
            node("Conv", ["g", "onnx::7"], ["h"]),
        ],
        "network",
        [],
        [helper.make_tensor_value_info("h", onnx.TensorProto.FLOAT, None)],
    )
    learned = {
        "first": {"gives": (0.0, 6.0)},
        "second": {"reads": (0.0, 6.0), "gives": (-1.0, 2.0)},
        "missing": {"reads": (0.0, 1.0)},
    }
    assert ranges_of_tensors(graph, learned) == {
        "c": (0.0, 6.0),
        "d": (0.0, 6.0),
        "e": (-1.0, 2.0),
    }


@pytest.mark.parametrize("gate", ["HardSigmoid", "Sigmoid"])
def test_a_hard_swish_or_silu_in_two_nodes_belongs_to_its_layer(gate: str) -> None:
    node = helper.make_node
    graph = helper.make_graph(
        [
            node("Conv", ["a", "first.weight"], ["b"]),
            node(gate, ["b"], ["opened"]),
            node("Mul", ["b", "opened"], ["c"]),
            node("Conv", ["c", "second.weight"], ["d"]),
            node(gate, ["d"], ["other"]),
            node("Mul", ["d", "opened"], ["e"]),
        ],
        "network",
        [],
        [helper.make_tensor_value_info("e", onnx.TensorProto.FLOAT, None)],
    )
    learned = {"first": {"gives": (-0.4, 6.0)}, "second": {"gives": (-3.0, 3.0)}}
    assert ranges_of_tensors(graph, learned) == {"c": (-0.4, 6.0), "d": (-3.0, 3.0)}
