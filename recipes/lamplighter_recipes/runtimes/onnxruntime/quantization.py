"""8-bit graphs: quantize and dequantize nodes around what stands between convolutions.

Weights are signed, one scale per output channel (per tensor loses a third of the answers on real
weights). What is done to the pixels before the first weights stays in float, and what comes after
the last: the tail that turns logits into scores and distances. Biases stay in float
in the file: onnxruntime derives their 32-bit form when it loads, so another calibration changes
only the activation scales.
"""

from collections.abc import Collection
from pathlib import Path

import onnx
from lamplighter_wire.rules.needs import REDUCED, SIGNED
from onnx import numpy_helper

from lamplighter_recipes.runtimes.onnxruntime.graph import (
    PIXEL_TENSOR,
    constants,
    feed_pixels_directly,
)
from lamplighter_recipes.runtimes.onnxruntime.quantizing.eight_bit_forms import (
    scale_readers,
    use_eight_bit_forms,
)
from lamplighter_recipes.runtimes.onnxruntime.quantizing.weight_grids import (
    Grid,
    grid_of,
    keep_grids,
)
from lamplighter_recipes.runtimes.onnxruntime.shared_values import large_weights, remember
from lamplighter_recipes.runtimes.pixels import PIXEL_RANGE
from lamplighter_recipes.runtimes.runtime import Ranges

# What is quantized: layers with weights and all that stands between them, so that no tensor has to
# be turned into float and back on its way. For each of these onnxruntime has an 8-bit kernel.
WEIGHTED_OPS = ("Conv", "Gemm", "MatMul")
QUANTIZED_OPS = (
    *WEIGHTED_OPS,
    *("Relu", "Clip", "LeakyRelu", "Sigmoid"),
    *("Add", "Mul", "Concat"),
    *("MaxPool", "AveragePool", "GlobalAveragePool", "Resize"),
)
# What is quantized in another form.
TRANSFORMED_OPS = ("HardSigmoid", "HardSwish", "ReduceMean")


def quantize_graph(
    source: Path,
    target: Path,
    ranges: Ranges,
    activations: str,
    *,
    per_channel: bool = True,
    in_float: Collection[str] = (),
) -> None:
    """Insert quantize and dequantize nodes.

    Args:
        source: the float graph.
        target: where the 8-bit one is written.
        ranges: (low, high) per tensor name.
        activations: "u8", "s8", or "u8w7": unsigned, with weights of 7 bits, whose products do not
            overflow in 16 bits.
        per_channel: one scale per output channel of the weights, else one for all.
        in_float: names of nodes that stay as they are. One with weights needs to have what follows
            it among them: onnxruntime quantizes weights itself where 8 bits come and 8 bits go.
    """
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

    model = onnx.load(source)
    grids = weight_grids(model.graph) if per_channel else {}
    weights = {
        weight.tensor.name: numpy_helper.to_array(weight.tensor)
        for weight in large_weights(model.graph)
        if weight.tensor.name not in grids
    }
    name_nodes(model.graph)
    left_out = [*head_nodes(model.graph), *tail_nodes(model.graph), *in_float]
    saturating = use_eight_bit_forms(model, left_out)
    quantizer = QDQQuantizer(
        model,
        per_channel,
        activations == REDUCED,
        QuantType.QInt8,
        QuantType.QInt8 if activations == SIGNED else QuantType.QUInt8,
        tensors_data({**ranges, **saturating.ranges, PIXEL_TENSOR: PIXEL_RANGE}),
        [],
        left_out,
        list(QUANTIZED_OPS),
        {"QuantizeBias": False},
    )
    quantizer.quantize_model()
    quantized: onnx.ModelProto = quantizer.model.model
    for name, values in weights.items():
        remember(quantized, f"{name}_quantized", values)
    keep_grids(quantized, grids)
    scale_readers(quantized, saturating.scales)
    feed_pixels_directly(quantized)
    onnx.save(quantized, target)


def weight_grids(graph: onnx.GraphProto) -> dict[str, Grid]:
    """Of convolutions whose weights lie on one already, by their names."""
    values = constants(graph)
    names = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    grids = {name: grid_of(values[name]) for name in sorted(names & set(values))}
    return {name: grid for name, grid in grids.items() if grid is not None}


def tensors_data(ranges: Ranges) -> object:
    """Ranges in the form onnxruntime's quantizer takes."""
    import numpy as np
    from onnxruntime.quantization.calibrate import CalibrationMethod, TensorsData

    pairs = {
        name: (np.array(low, np.float32), np.array(high, np.float32))
        for name, (low, high) in ranges.items()
    }
    return TensorsData(CalibrationMethod.MinMax, pairs)


def quantizable_tensors(graph: onnx.GraphProto) -> list[str]:
    """Float tensors that a quantized operator reads or gives, in their order."""
    name_nodes(graph)
    left_out = {*head_nodes(graph), *tail_nodes(graph)}
    constants = {item.name for item in graph.initializer}
    typed = onnx.shape_inference.infer_shapes(onnx.helper.make_model(graph)).graph
    floats = {
        value.name
        for value in (*typed.value_info, *typed.input, *typed.output)
        if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
    names = [
        name
        for node in graph.node
        if node.op_type in (*QUANTIZED_OPS, *TRANSFORMED_OPS) and node.name not in left_out
        for name in (*node.input, *node.output)
        if name in floats and name not in constants
    ]
    return list(dict.fromkeys(names))


def name_nodes(graph: onnx.GraphProto) -> None:
    """Give a name to those without one, by which they can be left out."""
    for number, node in enumerate(graph.node):
        node.name = node.name or f"{node.op_type}_{number}"


def has_weights(node: onnx.NodeProto, constants: Collection[str]) -> bool:
    """Whether a node multiplies by constants: where 8 bits save time."""
    return node.op_type in WEIGHTED_OPS and node.input[1] in constants


def head_nodes(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes that no weights come before: what is done to pixels."""
    weights = {item.name for item in graph.initializer}
    reached: set[str] = set()
    head = []
    for node in graph.node:
        if has_weights(node, weights) or reached.intersection(node.input):
            reached.update(node.output)
        else:
            head.append(node.name)
    return head


def tail_nodes(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes that no weights come after: the decoding."""
    weights = {item.name for item in graph.initializer}
    feeds: set[str] = set()
    tail = []
    for node in reversed(graph.node):
        if has_weights(node, weights) or feeds.intersection(node.output):
            feeds.update(node.input)
        else:
            tail.append(node.name)
    return tail
