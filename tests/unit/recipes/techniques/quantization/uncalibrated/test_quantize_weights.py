"""Integer weights for onnxruntime: smaller files of the same function."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.techniques.quantization.uncalibrated.quantize_dynamic import (
    QuantizeDynamicConfig,
    quantize_dynamic,
)
from lamplighter_recipes.techniques.quantization.uncalibrated.quantize_weights import (
    QuantizeWeightsConfig,
    quantize_weights,
)

from tests.simulators.onnx_networks import SIDE, TENSORS, Builder, mobile_network, pictures


def of_matrices(path: Path) -> Path:
    """Two matrices over the rows of a picture."""
    b = Builder()
    x = b.add("Transpose", b.pixels("image"), perm=[0, 1, 3, 2])
    x = b.add("Relu", b.add("MatMul", x, b.weights(SIDE, 128)))
    return b.save(b.add("MatMul", x, b.weights(128, 64)), path)


def relative_error(path: Path, graph: Path) -> float:
    ours, theirs = (
        np.concatenate([open_infer(file, TENSORS)(picture)["answer"] for picture in pictures()])
        for file in (path, graph)
    )
    return float(np.sqrt(((ours - theirs) ** 2).sum() / (theirs**2).sum()))


def kinds(path: Path) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load(path).graph.node)


@pytest.mark.parametrize("make", [lambda path: mobile_network("silu", path), of_matrices])
def test_eight_bits_take_a_third_of_the_bytes(make: object, tmp_path: Path) -> None:
    graph, target = make(tmp_path / "float.onnx"), tmp_path / "q.onnx"  # type: ignore[operator]
    quantize_weights(graph, target, QuantizeWeightsConfig(), None)
    assert target.stat().st_size < 0.45 * graph.stat().st_size  # the nodes are of one size
    assert 0 < relative_error(target, graph) < 0.02


def test_four_bits_are_for_matrices(tmp_path: Path) -> None:
    graph, target = of_matrices(tmp_path / "float.onnx"), tmp_path / "q.onnx"
    quantize_weights(graph, target, QuantizeWeightsConfig(bits=4), None)
    assert kinds(target)["MatMulNBits"] == 2
    assert target.stat().st_size < 0.25 * graph.stat().st_size
    assert 0 < relative_error(target, graph) < 0.2


def test_four_bits_without_a_matrix_say_why(tmp_path: Path) -> None:
    graph = mobile_network("relu", tmp_path / "float.onnx")
    with pytest.raises(RecipeError, match="no convolution of 4 bits") as caught:
        quantize_weights(graph, tmp_path / "q.onnx", QuantizeWeightsConfig(bits=4), None)
    assert caught.value.key == "bits"


def test_dynamic_quantization_leaves_convolutions_alone_unless_told(tmp_path: Path) -> None:
    graph, target = mobile_network("relu", tmp_path / "float.onnx"), tmp_path / "q.onnx"
    quantize_dynamic(graph, target, QuantizeDynamicConfig(), None)
    assert kinds(target)["Conv"] == kinds(graph)["Conv"]
    assert kinds(target)["Gemm"] == 0
    quantize_dynamic(graph, target, QuantizeDynamicConfig(layers="all"), None)
    assert kinds(target)["ConvInteger"] == kinds(graph)["Conv"]
    assert relative_error(target, graph) < 0.1
