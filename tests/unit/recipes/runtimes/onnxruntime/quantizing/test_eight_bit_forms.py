"""Networks of every common activation compute on 8 bits throughout, and stay close."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantize_graph
from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer

from tests.simulators.onnx_networks import ACTIVATIONS, TENSORS, mobile_network, pictures


def quantized(graph: Path, target: Path, activations: str = "u8") -> Path:
    quantize_graph(graph, target, measure_ranges(graph, TENSORS, pictures()), activations)
    return target


def executed(graph: Path, folder: Path) -> Counter[str]:
    """Operators as onnxruntime runs them, fused."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(folder / "executed.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    return Counter(node.op_type for node in onnx.load(folder / "executed.onnx").graph.node)


@pytest.mark.parametrize("activations", ["u8", "s8"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_answers_stay_close(activation: str, activations: str, tmp_path: Path) -> None:
    graph = mobile_network(activation, tmp_path / "float.onnx")
    path = quantized(graph, tmp_path / "q.onnx", activations)
    ours, theirs = (
        np.concatenate([open_infer(file, TENSORS)(picture)["answer"] for picture in pictures()])
        for file in (path, graph)
    )
    assert ((ours - theirs) ** 2).sum() < 0.01 * (theirs**2).sum()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_no_operator_between_the_weights_is_left_in_float(activation: str, tmp_path: Path) -> None:
    graph = mobile_network(activation, tmp_path / "float.onnx")
    kinds = executed(quantized(graph, tmp_path / "q.onnx"), tmp_path)
    for kind in ("Conv", "FusedConv", "HardSigmoid", "HardSwish", "Sigmoid", "ReduceMean", "Clip"):
        assert kinds[kind] == 0, kinds
    float_sums = kinds["Add"] + kinds["Mul"] + kinds["Concat"] + kinds["MaxPool"]
    assert float_sums <= 1  # the scaling of the pixels
    assert kinds["QLinearConv"] >= 4


def test_nodes_left_in_float_are(tmp_path: Path) -> None:
    graph = mobile_network("hard-swish", tmp_path / "float.onnx")
    ranges = measure_ranges(graph, TENSORS, pictures())
    before = executed(graph, tmp_path)
    quantize_graph(graph, tmp_path / "q.onnx", ranges, "u8")
    whole = executed(tmp_path / "q.onnx", tmp_path)
    names = ["Conv_6", "HardSwish_7"]
    quantize_graph(graph, tmp_path / "mixed.onnx", ranges, "u8", in_float=names)
    mixed = executed(tmp_path / "mixed.onnx", tmp_path)
    assert before["QLinearConv"] == 0
    assert mixed["QLinearConv"] == whole["QLinearConv"] - 1
    assert mixed["Conv"] == whole["Conv"] + 1
