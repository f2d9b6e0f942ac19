"""Dynamic quantization for onnxruntime: activations are measured while the network runs.

Saves three quarters of the bytes. On matrices (`MatMul`, `Gemm`) it saves time; on convolutions it
costs it, for onnxruntime's integer convolution is a slow one: 3.8 times the time of fp32 here. So
no recipe of ours uses it for a network of convolutions (Krishnamoorthi, Quantizing deep
convolutional networks for efficient inference, 2018, section 3).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import onnx

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.technique_registry import technique


@dataclass(frozen=True)
class QuantizeDynamicConfig:
    """`layers`: matrices alone, or convolutions as well."""

    layers: Literal["matrices", "all"] = "matrices"


@technique(QuantizeDynamicConfig)
def quantize_dynamic(
    source: Path, target: Path, config: QuantizeDynamicConfig, _context: object
) -> None:
    """Write the float graph `source` with 8-bit weights to `target`.

    Raises:
        RecipeError: the graph has no such layer.
    """
    from onnxruntime.quantization import quantize_dynamic as quantize

    kinds = ["MatMul", "Gemm"] + (["Conv"] if config.layers == "all" else [])
    graph = onnx.load(source, load_external_data=False).graph
    if not any(node.op_type in kinds for node in graph.node):
        raise RecipeError(
            f"the network has no {' or '.join(kinds)}: all of it would stay in floating point",
            key="layers",
            remedy="use `quantize`, which takes convolutions as well",
        )
    quantize(str(source), str(target), op_types_to_quantize=kinds, per_channel=True)
