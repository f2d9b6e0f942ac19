"""Changes to, and counts over, ONNX graphs."""

import numpy as np
import onnx
from lamplighter_wire.rules.sizes import parse_size
from numpy.typing import NDArray
from onnx import numpy_helper, shape_inference

from lamplighter_recipes.runtimes.pixels import PIXEL_ZERO
from lamplighter_recipes.variants.figures import Work

PIXEL_TENSOR = "pixels"  # float input of the first convolution, in -114..141


def constants(graph: onnx.GraphProto) -> dict[str, NDArray]:
    """The graph's initializers as arrays."""
    return {item.name: numpy_helper.to_array(item) for item in graph.initializer}


def consumers(graph: onnx.GraphProto, tensor: str) -> list[onnx.NodeProto]:
    """Nodes that read a tensor."""
    return [node for node in graph.node if tensor in node.input]


def replace_constant(graph: onnx.GraphProto, name: str, value: NDArray) -> None:
    """Set or add an initializer."""
    for item in graph.initializer:
        if item.name == name:
            item.CopyFrom(numpy_helper.from_array(value, name))
            return
    graph.initializer.append(numpy_helper.from_array(value, name))


def absorb_normalisation(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fold (x - mean) * scale into the first convolution; a graph without them stays as it is.

    w * (x - mean) * scale = (w * scale) * (x - 114) + sum of (w * scale) * (114 - mean). Exact
    but for the one-pixel border, which is padded with grey instead of each channel's mean.
    """
    graph = model.graph
    values = constants(graph)
    for subtract in (node for node in graph.node if node.op_type == "Sub"):
        chain = _normalisation(graph, subtract, values)
        if chain:
            multiply, convolution = chain
            _fold(graph, subtract, multiply, convolution, values)
            return model
    return model


def _normalisation(
    graph: onnx.GraphProto, subtract: onnx.NodeProto, values: dict[str, NDArray]
) -> tuple[onnx.NodeProto, onnx.NodeProto] | None:
    after = consumers(graph, subtract.output[0])
    if len(after) != 1 or after[0].op_type != "Mul":
        return None
    last = consumers(graph, after[0].output[0])
    fits = len(last) == 1 and last[0].op_type == "Conv" and len(last[0].input) == 3
    constant = subtract.input[1] in values and after[0].input[1] in values
    return (after[0], last[0]) if fits and constant else None


def _fold(
    graph: onnx.GraphProto,
    subtract: onnx.NodeProto,
    multiply: onnx.NodeProto,
    convolution: onnx.NodeProto,
    values: dict[str, NDArray],
) -> None:
    mean = values[subtract.input[1]].reshape(1, -1, 1, 1)
    scale = values[multiply.input[1]].reshape(1, -1, 1, 1)
    weight = values[convolution.input[1]] * scale
    bias = values[convolution.input[2]] + (weight * (PIXEL_ZERO - mean)).sum((1, 2, 3))
    replace_constant(graph, convolution.input[1], weight.astype(np.float32))
    replace_constant(graph, convolution.input[2], bias.astype(np.float32))
    replace_constant(graph, "pixel_zero", np.array(PIXEL_ZERO, np.float32))
    subtract.input[1] = "pixel_zero"
    subtract.output[0] = PIXEL_TENSOR
    convolution.input[0] = PIXEL_TENSOR
    graph.node.remove(multiply)
    del graph.value_info[:]
    drop_unused(graph)


def drop_unused(graph: onnx.GraphProto) -> None:
    """Remove initializers that nothing reads."""
    read = {name for node in graph.node for name in node.input}
    for item in [item for item in graph.initializer if item.name not in read]:
        graph.initializer.remove(item)


def count_work(model: onnx.ModelProto, size: str) -> Work:
    """Multiply-accumulates of convolutions and matrices, and bytes moved, at a size."""
    width, height = parse_size(size)
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    dims = fixed.graph.input[0].type.tensor_type.shape.dim
    for dim, value in zip(dims, (1, height, width, 3), strict=True):
        dim.dim_value = value
    del fixed.graph.value_info[:]
    graph = shape_inference.infer_shapes(fixed).graph
    shapes = {info.name: _shape(info) for info in [*graph.value_info, *graph.output]}
    weights = {item.name: item for item in graph.initializer}
    dense = depthwise = 0
    for node in (node for node in graph.node if node.op_type in ("Gemm", "MatMul")):
        dense += _matrix_macs(node, shapes, weights)
    for node in (node for node in graph.node if node.op_type == "Conv"):
        kernel = weights[node.input[1]].dims
        macs = int(np.prod(shapes[node.output[0]])) * int(np.prod(kernel[1:]))
        groups = next((a.i for a in node.attribute if a.name == "group"), 1)
        if groups > 1 and kernel[1] == 1:
            depthwise += macs
        else:
            dense += macs
    moved = sum(4 * int(np.prod(shape)) for shape in shapes.values() if shape)
    moved += sum(4 * int(np.prod(item.dims)) for item in weights.values())
    return Work((dense + depthwise) / 1e6, depthwise / 1e6, moved)


def _matrix_macs(
    node: onnx.NodeProto, shapes: dict[str, list[int]], weights: dict[str, onnx.TensorProto]
) -> int:
    """Each element of the result sums as many products as the left matrix has columns."""
    known = {**shapes, **{name: list(item.dims) for name, item in weights.items()}}
    left, result = known.get(node.input[0], []), known.get(node.output[0], [])
    turned = any(a.name == "transA" and a.i for a in node.attribute)
    inner = left[0 if turned else -1] if left else 0
    return int(np.prod(result)) * inner if result else 0


def _shape(info: onnx.ValueInfoProto) -> list[int]:
    return [max(int(dim.dim_value), 0) for dim in info.type.tensor_type.shape.dim]


def feed_pixels_directly(model: onnx.ModelProto) -> None:
    """Let an 8-bit first convolution read the picture's bytes: cast, subtraction and quantization
    of a pixel are together the identity when scale is 1 and zero point 114."""
    graph = model.graph
    values = constants(graph)
    for node in consumers(graph, PIXEL_TENSOR):
        if node.op_type != "QuantizeLinear" or not _is_identity(node, values):
            continue
        subtract = next(n for n in graph.node if PIXEL_TENSOR in n.output)
        cast = next(n for n in graph.node if subtract.input[0] in n.output)
        for reader in consumers(graph, node.output[0]):
            names = [cast.input[0] if name == node.output[0] else name for name in reader.input]
            del reader.input[:]
            reader.input.extend(names)
        for gone in (node, subtract, cast):
            graph.node.remove(gone)
        drop_unused(graph)
        return


def _is_identity(node: onnx.NodeProto, values: dict[str, NDArray]) -> bool:
    scale, zero = values[node.input[1]], values[node.input[2]]
    return bool(np.isclose(scale, 1.0, atol=1e-6) and zero == PIXEL_ZERO and zero.dtype == np.uint8)
