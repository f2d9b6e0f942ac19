"""Operators for which onnxruntime has no 8-bit kernel, as others for which it has.

Without this each of them is turned into float and back. Only graphs that are about to be quantized
are changed: a float `Add` does not clip as an 8-bit one does.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import onnx
from onnx import helper, numpy_helper

from lamplighter_recipes.runtimes.onnxruntime.graph import constants, replace_constant
from lamplighter_recipes.runtimes.runtime import Ranges

HARD_SIGMOID_ALPHA, HARD_SIGMOID_BETA = 0.2, 0.5  # where a node does not name them
HARD_SWISH_ALPHA = 1 / 6
SPATIAL_AXES = ([2, 3], [-2, -1], [3, 2], [-1, -2])
SHIFT = "_shift"


class Saturating(NamedTuple):
    """Tensors that clip because 8 bits end where they do.

    Attributes:
        ranges: what they hold before they are scaled.
        scales: factor by which their readers take them.
    """

    ranges: Ranges
    scales: dict[str, float]


def use_eight_bit_forms(model: onnx.ModelProto, left_out: Collection[str]) -> Saturating:
    """Change all nodes but those named in `left_out`.

    A hard sigmoid, clip(alpha x + beta, 0, 1), becomes x + beta / alpha in the range 0 to 1 / alpha
    whose readers take it times alpha: one 8-bit addition. A hard swish is that times x. A mean over
    a picture becomes a global average pooling.
    """
    _expand_hard_swish(model.graph, left_out)
    saturating = Saturating({}, {})
    for node in model.graph.node:
        if node.name in left_out:
            continue
        if node.op_type == "HardSigmoid":
            _to_addition(model.graph, node, saturating)
        elif node.op_type == "ReduceMean" and _is_over_picture(node, model.graph):
            node.op_type = "GlobalAveragePool"
            del node.attribute[:], node.input[1:]
    return saturating


def scale_readers(model: onnx.ModelProto, scales: dict[str, float]) -> None:
    """Let what follows a quantized tensor take it on another scale than it was written with."""
    values = constants(model.graph)
    writers = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        if node.op_type != "DequantizeLinear" or node.input[0] not in writers:
            continue
        factor = scales.get(writers[node.input[0]].input[0])
        if factor is not None:
            name = f"{node.output[0]}_scale"
            scale = np.asarray(values[node.input[1]] * factor, np.float32)
            replace_constant(model.graph, name, scale)
            node.input[1] = name


def _to_addition(graph: onnx.GraphProto, node: onnx.NodeProto, saturating: Saturating) -> None:
    attributes = {item.name: item.f for item in node.attribute}
    alpha = attributes.get("alpha", HARD_SIGMOID_ALPHA)
    shift = attributes.get("beta", HARD_SIGMOID_BETA) / alpha
    graph.initializer.append(
        numpy_helper.from_array(np.array(shift, np.float32), node.output[0] + SHIFT)
    )
    node.op_type = "Add"
    del node.attribute[:]
    node.input.append(node.output[0] + SHIFT)
    saturating.ranges[node.output[0]] = (0.0, 1 / alpha)
    saturating.scales[node.output[0]] = alpha


def _expand_hard_swish(graph: onnx.GraphProto, left_out: Collection[str]) -> None:
    nodes = []
    for node in graph.node:
        if node.op_type == "HardSwish" and node.name not in left_out:
            (source,), (result,) = node.input, node.output
            gate = f"{result}_gate"
            name = f"{node.name}_gate"
            sigmoid = helper.make_node("HardSigmoid", [source], [gate], name)
            sigmoid.attribute.extend(
                helper.make_attribute(key, value)
                for key, value in (("alpha", HARD_SWISH_ALPHA), ("beta", HARD_SIGMOID_BETA))
            )
            nodes.append(sigmoid)
            nodes.append(helper.make_node("Mul", [source, gate], [result], node.name))
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _is_over_picture(node: onnx.NodeProto, graph: onnx.GraphProto) -> bool:
    attributes = {item.name: item for item in node.attribute}
    keeps = attributes["keepdims"].i if "keepdims" in attributes else 1
    axes = list(attributes["axes"].ints) if "axes" in attributes else []
    if len(node.input) > 1:  # since operator set 18 an input
        axes = constants(graph).get(node.input[1], np.zeros(0)).tolist()
    return bool(keeps) and axes in SPATIAL_AXES
