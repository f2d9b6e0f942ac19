"""Take a graph apart into a skeleton and tensors, in a stable order, and put it together again.

All that a recalibration changes (activation scales and zero points) stands together at the end, so
that the rest keeps its chunks.
"""

from pathlib import Path

import numpy as np
import onnx
from lamplighter_wire.blobs import Tensor, tensor_offsets
from onnx import TensorProto, numpy_helper

LOCATION = "tensors.bin"
# Shapes, axes and the like stay in the skeleton: onnxruntime reads them while it loads the graph.
INLINE_BELOW_BYTES = 1024
QUANTIZING_OPS = ("QuantizeLinear", "DequantizeLinear")


def split(path: Path) -> tuple[bytes, list[Tensor]]:
    """Skeleton (a model whose large tensors lie in "tensors.bin") and those tensors in order."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    moved = _movable(model.graph)
    tensors = [_tensor(item) for item in moved]
    for item, tensor, offset in zip(moved, tensors, tensor_offsets(tensors), strict=True):
        _point_outside(item, offset, len(tensor.data))
    return model.SerializeToString(deterministic=True), tensors


def write_parts(skeleton: bytes, tensors: list[Tensor], folder: Path) -> Path:
    """Write `model.onnx` and `tensors.bin` so that onnxruntime can load them; returns the model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LOCATION).write_bytes(b"".join(tensor.data for tensor in tensors))
    model = folder / "model.onnx"
    model.write_bytes(skeleton)
    return model


def _movable(graph: onnx.GraphProto) -> list[TensorProto]:
    weights = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
    parameters = {
        name for node in graph.node if node.op_type in QUANTIZING_OPS for name in node.input
    }
    ranges = _activation_parameters(graph)
    chosen = [
        item
        for item in graph.initializer
        if item.name in weights | parameters or _size_bytes(item) >= INLINE_BELOW_BYTES
    ]
    # Wide elements first, so that all are aligned; recalibrated ones last within their width.
    return sorted(chosen, key=lambda item: (-_width(item), item.name in ranges))


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


def _tensor(item: TensorProto) -> Tensor:
    array = numpy_helper.to_array(item)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return Tensor(item.name, array.dtype.name, array.shape, little.tobytes())


def _point_outside(item: TensorProto, offset: int, length: int) -> None:
    kept = TensorProto(name=item.name, data_type=item.data_type, dims=item.dims)
    kept.data_location = TensorProto.EXTERNAL
    for key, value in (("location", LOCATION), ("offset", offset), ("length", length)):
        kept.external_data.add(key=key, value=str(value))
    item.CopyFrom(kept)
