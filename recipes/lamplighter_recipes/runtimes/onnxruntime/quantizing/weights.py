"""Graphs whose weights alone are integers."""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.onnxruntime.graph import constants, drop_unused
from lamplighter_recipes.runtimes.onnxruntime.quantization import WEIGHTED_OPS

LARGEST = 127
FOUR_BIT_ZERO = 8  # what stands for zero where none is named
FOUR_BIT_DOMAIN = "com.microsoft"
HELD, SCALE = "_int8", "_int8_scale"


def eight_bit_weights(source: Path, target: Path) -> None:
    """Weights as int8 with a scale per output channel, turned back in front of what reads them."""
    model = onnx.load(source)
    graph, values = model.graph, constants(model.graph)
    turned_back: dict[str, onnx.NodeProto] = {}
    for node in graph.node:
        name = node.input[1] if node.op_type in WEIGHTED_OPS else ""
        if name not in values:
            continue
        axis = _output_axis(node)
        if name not in turned_back:
            whole, scale = _rounded(values[name], axis)
            graph.initializer.append(numpy_helper.from_array(whole, name + HELD))
            graph.initializer.append(numpy_helper.from_array(scale, name + SCALE))
            turned_back[name] = helper.make_node(
                "DequantizeLinear", [name + HELD, name + SCALE], [f"{name}_turned_back"], axis=axis
            )
        node.input[1] = f"{name}_turned_back"
    for node in turned_back.values():
        graph.node.insert(0, node)
    drop_unused(graph)
    onnx.save(model, target)


def four_bit_matrices(source: Path, target: Path, block: int) -> None:
    """Matrices of `MatMul` as 4-bit blocks.

    Raises:
        RecipeError: there is none.
    """
    model = onnx.load(source)
    graph, values = model.graph, constants(model.graph)
    matrices = [n for n in graph.node if n.op_type == "MatMul" and n.input[1] in values]
    if not matrices:
        raise RecipeError(
            "the network has no MatMul, and onnxruntime has no convolution of 4 bits",
            key="bits",
            remedy="use 8 bits, or the runtime litert",
        )
    for node in matrices:
        _to_four_bits(graph, node, values[node.input[1]], block)
    model.opset_import.append(helper.make_opsetid(FOUR_BIT_DOMAIN, 1))
    drop_unused(graph)
    onnx.save(model, target)


def _to_four_bits(
    graph: onnx.GraphProto, node: onnx.NodeProto, weights: NDArray[np.float32], block: int
) -> None:
    """Turn a product with [K, N] into one with blocks along K, two numbers in a byte."""
    rows, columns = weights.shape
    blocks = np.pad(weights.T, ((0, 0), (0, -rows % block))).reshape(columns, -1, block)
    scale = np.abs(blocks).max(axis=2, keepdims=True) / (FOUR_BIT_ZERO - 1)
    scale = np.where(scale > 0, scale, 1.0).astype(np.float32)
    whole = (np.round(blocks / scale) + FOUR_BIT_ZERO).astype(np.uint8)
    packed = whole[:, :, 0::2] | (whole[:, :, 1::2] << 4)
    name = node.output[0]
    graph.initializer.append(numpy_helper.from_array(packed, f"{name}_int4"))
    graph.initializer.append(numpy_helper.from_array(scale.reshape(-1), f"{name}_int4_scale"))
    node.op_type, node.domain = "MatMulNBits", FOUR_BIT_DOMAIN
    node.input[1] = f"{name}_int4"
    node.input.append(f"{name}_int4_scale")
    sizes = {"K": rows, "N": columns, "bits": 4, "block_size": block}
    node.attribute.extend(helper.make_attribute(key, value) for key, value in sizes.items())


def _output_axis(node: onnx.NodeProto) -> int:
    """Of the weights, along which each channel has a scale of its own."""
    transposed = any(item.name == "transB" and item.i for item in node.attribute)
    return 0 if node.op_type == "Conv" or transposed else 1


def _rounded(
    weights: NDArray[np.float32], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    others = tuple(place for place in range(weights.ndim) if place != axis)
    largest = np.abs(weights).max(axis=others)
    scale = np.where(largest > 0, largest / LARGEST, 1.0).astype(np.float32)
    shape = [-1 if place == axis else 1 for place in range(weights.ndim)]
    return np.round(weights / scale.reshape(shape)).astype(np.int8), scale
