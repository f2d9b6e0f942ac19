"""8-bit graphs: quantize and dequantize nodes around what stands between convolutions.

Weights are signed, one scale per output channel (per tensor loses a third of the answers on real
weights). The tail that turns logits into scores and distances stays in float. Biases stay in float
in the file: onnxruntime derives their 32-bit form when it loads, so another calibration changes
only the activation scales.
"""

from pathlib import Path

import onnx
from lamplighter_wire.rules.needs import REDUCED, SIGNED
from onnx import numpy_helper

from lamplighter_recipes.runtimes.onnxruntime.graph import PIXEL_TENSOR, feed_pixels_directly
from lamplighter_recipes.runtimes.onnxruntime.shared_values import large_weights, remember
from lamplighter_recipes.runtimes.pixels import PIXEL_RANGE
from lamplighter_recipes.runtimes.runtime import Ranges

# What is quantized: convolutions and all that stands between them, so that no tensor has to be
# turned into float and back on its way.
QUANTIZED_OPS = ("Conv", "LeakyRelu", "Add", "Concat", "MaxPool", "AveragePool", "Resize")


def quantize_graph(
    source: Path, target: Path, ranges: Ranges, activations: str, *, per_channel: bool = True
) -> None:
    """Insert quantize and dequantize nodes; `ranges` holds (low, high) per tensor name.

    `activations`: "u8", "s8", or "u8w7": unsigned, with weights of 7 bits, whose products do not
    overflow in 16 bits.
    """
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

    model = onnx.load(source)
    weights = {
        weight.tensor.name: numpy_helper.to_array(weight.tensor)
        for weight in large_weights(model.graph)
    }
    quantizer = QDQQuantizer(
        model,
        per_channel,
        activations == REDUCED,
        QuantType.QInt8,
        QuantType.QInt8 if activations == SIGNED else QuantType.QUInt8,
        tensors_data({**ranges, PIXEL_TENSOR: PIXEL_RANGE}),
        [],
        tail_nodes(model.graph),
        list(QUANTIZED_OPS),
        {"QuantizeBias": False},
    )
    quantizer.quantize_model()
    quantized: onnx.ModelProto = quantizer.model.model
    for name, values in weights.items():
        remember(quantized, f"{name}_quantized", values)
    feed_pixels_directly(quantized)
    onnx.save(quantized, target)


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
    """Float tensors that a quantized operator before the tail reads or gives, in their order."""
    tail, constants = set(tail_nodes(graph)), {item.name for item in graph.initializer}
    typed = onnx.shape_inference.infer_shapes(onnx.helper.make_model(graph)).graph
    floats = {
        value.name
        for value in (*typed.value_info, *typed.input, *typed.output)
        if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
    names = [
        name
        for node in graph.node
        if node.op_type in QUANTIZED_OPS and node.name not in tail
        for name in (*node.input, *node.output)
        if name in floats and name not in constants
    ]
    return list(dict.fromkeys(names))


def tail_nodes(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes that no convolution comes after: the decoding."""
    feeds: set[str] = set()
    tail = []
    for node in reversed(graph.node):
        if node.op_type == "Conv" or feeds.intersection(node.output):
            feeds.update(node.input)
        else:
            tail.append(node.name)
    return tail
