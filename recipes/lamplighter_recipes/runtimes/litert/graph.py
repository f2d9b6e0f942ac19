"""Changes to graphs of LiteRT that its converter and quantizer leave undone.

All work on the model as an object; a graph that does not have what they look for stays as it is.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.runtimes.litert.flatbuffer import Model
from lamplighter_recipes.runtimes.pixels import PIXEL_ZERO

# Codes of the format's built-in operators (schema.fbs of LiteRT).
CONV_2D, DEPTHWISE_CONV_2D, DEQUANTIZE, FULLY_CONNECTED = 3, 4, 6, 9
MUL, PAD, SUB, CAST = 18, 34, 41, 53
LEAKY_RELU, QUANTIZE = 98, 114


def code_of(model: Model, operator: Any) -> int:
    """The built-in code of an operator."""
    return int(model.operatorCodes[operator.opcodeIndex].builtinCode)


def consumers(graph: Any, tensor: int) -> list[Any]:
    """Operators that read a tensor."""
    return [operator for operator in graph.operators if tensor in operator.inputs]


def constant(model: Model, graph: Any, tensor: int) -> NDArray[np.float32]:
    """The values of a float tensor."""
    data = bytes(model.buffers[graph.tensors[tensor].buffer].data)
    return np.frombuffer(data, np.float32).reshape(graph.tensors[tensor].shape)


def pixel_operators(model: Model) -> list[Any]:
    """What makes floats around zero of a picture's bytes, at the beginning of the graph."""
    (graph,) = model.subgraphs
    operators = graph.operators[:2]
    return operators if [code_of(model, op) for op in operators] == [CAST, SUB] else []


def absorb_normalisation(model: Model) -> None:
    """Fold (x - mean) * scale into the first convolution, as is done for onnxruntime.

    The padding between them then stands for grey instead of each channel's own mean.
    """
    (graph,) = model.subgraphs
    if not pixel_operators(model) or code_of(model, graph.operators[2]) != MUL:
        return
    _, subtract, multiply = graph.operators[:3]
    (reader,) = consumers(graph, multiply.outputs[0])
    convolution = reader
    if code_of(model, reader) == PAD:
        (convolution,) = consumers(graph, reader.outputs[0])
    if code_of(model, convolution) != CONV_2D:
        return
    mean = constant(model, graph, subtract.inputs[1]).reshape(-1)
    scale = constant(model, graph, multiply.inputs[1]).reshape(-1)
    weight = constant(model, graph, convolution.inputs[1]) * scale  # [out, height, width, in]
    bias = constant(model, graph, convolution.inputs[2])
    bias = bias + (weight * (PIXEL_ZERO - mean)).sum((1, 2, 3))
    _replace(model, graph, convolution.inputs[1], weight)
    _replace(model, graph, convolution.inputs[2], bias)
    _replace(model, graph, subtract.inputs[1], np.full_like(mean, PIXEL_ZERO))
    reader.inputs[0] = subtract.outputs[0]
    graph.operators.remove(multiply)
    drop_unused(model)


def tail_operators(model: Model) -> list[Any]:
    """Operators that no convolution and no matrix comes after: the decoding."""
    (graph,) = model.subgraphs
    feeds: set[int] = set()
    tail = []
    for operator in reversed(graph.operators):
        has_weights = code_of(model, operator) in (CONV_2D, FULLY_CONNECTED)
        if has_weights or feeds.intersection(operator.outputs):
            feeds.update(operator.inputs)
        else:
            tail.append(operator)
    return tail


def join_activations(model: Model) -> None:
    """Let leaky ReLUs compute on 8 bits: the quantizer leaves each in float between conversions."""
    (graph,) = model.subgraphs
    maker = {tensor: op for op in graph.operators for tensor in op.outputs}
    for operator in [op for op in graph.operators if code_of(model, op) == LEAKY_RELU]:
        before, after = maker.get(operator.inputs[0]), consumers(graph, operator.outputs[0])
        if before is None or code_of(model, before) != DEQUANTIZE:
            continue
        if not after or any(code_of(model, op) != QUANTIZE for op in after):
            continue
        operator.inputs, operator.outputs = list(before.inputs), list(after[0].outputs)
        graph.operators.remove(after[0])
        for other in after[1:]:  # the same values on another scale
            other.inputs = list(after[0].outputs)
    _drop_unread(model, graph)
    drop_unused(model)


def feed_pixels_directly(model: Model) -> None:
    """Let an 8-bit first convolution read the picture's bytes: cast, subtraction and quantization
    of a pixel are together a shift of its zero point when the scale is 1."""
    (graph,) = model.subgraphs
    if not pixel_operators(model) or code_of(model, graph.operators[2]) != QUANTIZE:
        return
    cast, subtract, quantize = graph.operators[:3]
    scale = graph.tensors[quantize.outputs[0]].quantization
    if not np.isclose(scale.scale[0], 1.0, atol=1e-6) or scale.zeroPoint[0] != PIXEL_ZERO - 128:
        return
    picture = graph.tensors[cast.inputs[0]]
    picture.quantization = type(scale)()
    picture.quantization.scale, picture.quantization.zeroPoint = [1.0], [PIXEL_ZERO]
    quantize.inputs = list(cast.inputs)
    graph.operators.remove(cast)
    graph.operators.remove(subtract)
    drop_unused(model)


def drop_unused(model: Model) -> None:
    """Remove tensors that no operator touches, and number the rest anew."""
    for graph in model.subgraphs:
        touched = {t for op in graph.operators for t in (*op.inputs, *op.outputs) if t >= 0}
        kept = sorted(touched.union(graph.inputs, graph.outputs))
        place = {old: new for new, old in enumerate(kept)} | {-1: -1}  # -1: an input left out
        graph.tensors = [graph.tensors[old] for old in kept]
        for item in (graph, *graph.operators):
            item.inputs = [place[old] for old in item.inputs]
            item.outputs = [place[old] for old in item.outputs]
        for signature in model.signatureDefs:
            for entry in (*signature.inputs, *signature.outputs):
                entry.tensorIndex = place[entry.tensorIndex]


def number_tensors(model: Model) -> None:
    """Short names instead of places in the trained network: alike in the models of all sizes."""
    for graph in model.subgraphs:
        for number, tensor in enumerate(graph.tensors):
            tensor.name = str(number).encode()


def _replace(model: Model, graph: Any, tensor: int, value: NDArray[Any]) -> None:
    """In a buffer of its own: the old one may be shared."""
    buffer = type(model.buffers[0])()
    buffer.data = value.astype(np.float32).tobytes()
    graph.tensors[tensor].buffer = len(model.buffers)
    model.buffers.append(buffer)


def _drop_unread(model: Model, graph: Any) -> None:
    read = {t for op in graph.operators for t in op.inputs}.union(graph.outputs)
    unread: Iterable[Any] = [
        op
        for op in graph.operators
        if code_of(model, op) == DEQUANTIZE and not read.intersection(op.outputs)
    ]
    for operator in unread:
        graph.operators.remove(operator)
