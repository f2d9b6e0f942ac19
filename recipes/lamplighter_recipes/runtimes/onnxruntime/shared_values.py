"""Weights that share values: changed in a graph, and remembered until it is taken apart.

Of 8-bit weights each channel rounds the shared values by its own scale, so a layer has many
integers though it has few values. The values are kept in the graph's metadata, which devices do
not get, for whoever packs the tensor.
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from lamplighter_wire.artifacts.encodings import INT8_MAX, MAX_VALUES, Levels
from lamplighter_wire.artifacts.packing import few_values
from lamplighter_wire.blobs import SMALL_PIECE_BYTES
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

KEY = "shared values of "
WEIGHTED_OPS = ("Conv", "ConvTranspose", "Gemm", "MatMul")

Change = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Weight(NamedTuple):
    """A layer's weights; `scales` (along the first axis, or one) where they are 8-bit integers."""

    tensor: TensorProto
    scales: NDArray[np.float32] | None


def change_weights(source: Path, target: Path, change: Change) -> None:
    """Write a graph whose large weights are changed, 8-bit ones by their real values."""
    model = onnx.load(source)
    for weight in large_weights(model.graph):
        if weight.scales is None:
            shared = change(numpy_helper.to_array(weight.tensor))
        else:
            real, scales = _real(weight), _along(weight)
            values = change(real)
            remember(model, weight.tensor.name, values)
            rounded = np.rint(values / scales)
            shared = np.clip(rounded, -INT8_MAX, INT8_MAX).astype(np.int8)
        weight.tensor.CopyFrom(numpy_helper.from_array(shared, weight.tensor.name))
    onnx.save(model, target)


def large_weights(graph: onnx.GraphProto) -> Iterator[Weight]:
    """Weights that travel by themselves, in the graph's order."""
    tensors = {item.name: item for item in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        name = node.input[1] if node.op_type in WEIGHTED_OPS and len(node.input) > 1 else ""
        maker = makers.get(name)
        weight = _quantized(maker, tensors) if maker else _float(tensors.get(name))
        if weight and _size_bytes(weight) >= SMALL_PIECE_BYTES:
            yield weight


def _size_bytes(weight: Weight) -> int:
    width = np.dtype(np.float32 if weight.scales is None else np.int8).itemsize
    return width * int(np.prod(weight.tensor.dims))


def remember(model: onnx.ModelProto, tensor: str, weights: NDArray[np.float32]) -> None:
    """Keep the values that 8-bit weights are rounded from, if they are few."""
    values = few_values(weights.reshape(-1), MAX_VALUES)
    if len(values):
        text = base64.b64encode(values.astype("<f4").tobytes()).decode()
        model.metadata_props.add(key=KEY + tensor, value=text)


def take_levels(model: onnx.ModelProto) -> dict[str, Levels]:
    """What is remembered of 8-bit weights, by tensor; the model forgets it."""
    kept = {item.key: item.value for item in model.metadata_props if item.key.startswith(KEY)}
    others = [item for item in model.metadata_props if item.key not in kept]
    del model.metadata_props[:]
    model.metadata_props.extend(others)
    levels = {}
    for weight in large_weights(model.graph):
        text = kept.get(KEY + weight.tensor.name)
        if text is not None and weight.scales is not None:
            values = np.frombuffer(base64.b64decode(text), "<f4")
            levels[weight.tensor.name] = Levels(values, weight.scales)
    return levels


def _float(tensor: TensorProto | None) -> Weight | None:
    is_float = tensor is not None and tensor.data_type == TensorProto.FLOAT
    return Weight(tensor, None) if tensor is not None and is_float else None


def _quantized(node: onnx.NodeProto, tensors: dict[str, TensorProto]) -> Weight | None:
    """Signed, without a zero point of its own, with scales along the first axis."""
    if node.op_type != "DequantizeLinear":
        return None
    tensor, scale = (tensors.get(name) for name in list(node.input)[:2])
    if tensor is None or scale is None:
        return None
    axis = next((item.i for item in node.attribute if item.name == "axis"), 1)
    scales = numpy_helper.to_array(scale).reshape(-1)
    if tensor.data_type != TensorProto.INT8 or (len(scales) > 1 and axis != 0):
        return None
    return Weight(tensor, scales)


def _along(weight: Weight) -> NDArray[np.float32]:
    """The scales in the shape in which they divide the weights."""
    assert weight.scales is not None  # noqa: S101 - of 8-bit weights only
    return weight.scales.reshape(-1, *[1] * (len(weight.tensor.dims) - 1))


def _real(weight: Weight) -> NDArray[np.float32]:
    real: NDArray[np.float32] = numpy_helper.to_array(weight.tensor) * _along(weight)
    return real
