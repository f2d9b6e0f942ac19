"""Take a graph apart into a skeleton and tensors in a stable order.

Large tensors stand alone. Small ones are joined into two: `constants`, and `ranges`, which holds
all that another calibration changes (scales and zero points of activations). So a recalibrated
variant differs from its sibling in one chunk of about a kilobyte.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from lamplighter_wire.blobs import (
    MODEL_FILE,
    SMALL_PIECE_BYTES,
    TENSORS_FILE,
    ArtifactFile,
    Piece,
)
from onnx import TensorProto, numpy_helper

from lamplighter_recipes.runtimes.onnxruntime.shared_values import take_levels

SKELETON = "skeleton"
# Shapes, axes and the like stay in the skeleton: onnxruntime reads them while it loads the graph.
INLINE_BELOW_BYTES = 1024
QUANTIZING_OPS = ("QuantizeLinear", "DequantizeLinear")
CONSTANTS, RANGES = "constants", "ranges"
ALIGNMENT = 4  # bytes: the widest element of a network


def take_apart(path: Path) -> list[ArtifactFile]:
    """A graph whose tensors lie outside, and the file of these tensors."""
    model = onnx.load(path)
    levels = take_levels(model)
    del model.graph.value_info[:]
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    tensors: list[Piece] = []
    position = 0
    for name, items in _groups(model.graph):
        tensor = replace(_joined(name, items), levels=levels.get(name))
        offset = position
        for item in items:
            _point_outside(item, offset, _size_bytes(item))
            offset += _size_bytes(item)
        position += len(tensor.data)  # padding included
        tensors.append(tensor)
    skeleton = Piece(SKELETON, model.SerializeToString(deterministic=True))
    return [ArtifactFile(MODEL_FILE, [skeleton]), ArtifactFile(TENSORS_FILE, tensors)]


def _groups(graph: onnx.GraphProto) -> list[tuple[str, list[TensorProto]]]:
    """Wide elements first and all else in the graph's order, so that every tensor is aligned."""
    chosen = sorted(_movable(graph), key=lambda item: -_width(item))
    ranges = _activation_parameters(graph)
    large = [item for item in chosen if _size_bytes(item) >= SMALL_PIECE_BYTES]
    small = [item for item in chosen if _size_bytes(item) < SMALL_PIECE_BYTES]
    joined = [
        (CONSTANTS, [item for item in small if item.name not in ranges]),
        (RANGES, [item for item in small if item.name in ranges]),
    ]
    wide = [(item.name, [item]) for item in large if _width(item) >= ALIGNMENT]
    narrow = [(item.name, [item]) for item in large if _width(item) < ALIGNMENT]
    return [*wide, *((name, items) for name, items in joined if items), *narrow]


def _movable(graph: onnx.GraphProto) -> list[TensorProto]:
    weights = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
    parameters = {
        name for node in graph.node if node.op_type in QUANTIZING_OPS for name in node.input
    }
    return [
        item
        for item in graph.initializer
        if item.name in weights | parameters or _size_bytes(item) >= INLINE_BELOW_BYTES
    ]


def _activation_parameters(graph: onnx.GraphProto) -> set[str]:
    """Scales and zero points of tensors that are not constants."""
    fixed = {item.name for item in graph.initializer}
    return {
        name
        for node in graph.node
        if node.op_type in QUANTIZING_OPS and node.input[0] not in fixed
        for name in node.input[1:]
    }


def _width(item: TensorProto) -> int:
    return int(np.dtype(onnx.helper.tensor_dtype_to_np_dtype(item.data_type)).itemsize)


def _size_bytes(item: TensorProto) -> int:
    return _width(item) * int(np.prod(item.dims))


def _joined(name: str, items: Sequence[TensorProto]) -> Piece:
    if len(items) == 1:
        array = numpy_helper.to_array(items[0])
        return Piece(name, _little(array), array.dtype.name, array.shape)
    data = b"".join(_little(numpy_helper.to_array(item)) for item in items)
    data += bytes(-len(data) % ALIGNMENT)
    return Piece(name, data, "uint8", (len(data),))


def _little(array: np.ndarray) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _point_outside(item: TensorProto, offset: int, length: int) -> None:
    pointer = TensorProto(name=item.name, data_type=item.data_type, dims=item.dims)
    pointer.data_location = TensorProto.EXTERNAL
    for key, value in (("location", TENSORS_FILE), ("offset", offset), ("length", length)):
        pointer.external_data.add(key=key, value=str(value))
    item.CopyFrom(pointer)
