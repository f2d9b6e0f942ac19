"""Dynamic quantization of a network without matrices is refused: it would do nothing."""

from pathlib import Path

import onnx
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.techniques.quantization.uncalibrated.quantize_dynamic import (
    QuantizeDynamicConfig,
    quantize_dynamic,
)

pytestmark = pytest.mark.torch


def test_a_network_without_matrices_is_refused(graph: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no MatMul or Gemm") as caught:
        quantize_dynamic(graph, tmp_path / "same.onnx", QuantizeDynamicConfig(), None)
    assert caught.value.key == "layers"


def test_convolutions_are_taken_where_they_are_asked_for(graph: Path, tmp_path: Path) -> None:
    target = tmp_path / "dynamic.onnx"
    quantize_dynamic(graph, target, QuantizeDynamicConfig(layers="all"), None)
    kinds = {node.op_type for node in onnx.load(target).graph.node}
    assert "ConvInteger" in kinds
    assert "Conv" not in kinds
