"""The operators that the Edge TPU's compiler maps, and what limits each has.

After Coral's page "TensorFlow models on the Edge TPU", table 1 (runtime version 14). Pure: it reads
a model as an object and touches no file.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from lamplighter_recipes.runtimes.litert.flatbuffer import Model

Shape = list[int]


class Layer(NamedTuple):
    """An operator in its graph, and what it computes on."""

    number: int
    operator: str
    inputs: list[Any]  # tensors
    outputs: list[Any]
    options: Any
    constants: list[bool]  # whether each input's values are in the file

    @property
    def name(self) -> str:
        """Where it is, for people."""
        shape = "x".join(map(str, self.outputs[0].shape)) if self.outputs else "nothing"
        return f"layer {self.number}, {self.operator} to {shape}"


def _no_activation(layer: Layer) -> str:
    fused = getattr(layer.options, "fusedActivationFunction", 0)
    return "it has a fused activation" if fused else ""


def _one_dimensional(layer: Layer) -> str:
    shape = list(layer.inputs[0].shape)
    wide = [side for side in shape if side > 1]
    return f"it takes {shape}, not one dimension of 16,000 at most" if len(wide) > 1 else ""


def _not_over_the_batch(layer: Layer) -> str:
    shapes = [tensor.shape for tensor in (layer.inputs[0], layer.outputs[0])]
    first = [int(shape[0]) if len(shape) else 1 for shape in shapes]
    return "it changes the batch" if first[0] != first[1] else ""


def _unit_strides(layer: Layer) -> str:
    masks = [getattr(layer.options, name, 0) for name in ("ellipsisMask", "newAxisMask")]
    return "it has an ellipsis or adds an axis" if any(masks) else ""


def _constant_weights(layer: Layer) -> str:
    return "" if len(layer.constants) < 2 or layer.constants[1] else "its weights are computed"


def _equal_dilation(layer: Layer) -> str:
    wide = getattr(layer.options, "dilationWFactor", 1)
    high = getattr(layer.options, "dilationHFactor", 1)
    reason = f"its dilation is {wide}x{high}, not alike" if wide != high else ""
    return reason or _constant_weights(layer)


def _no_limit(_layer: Layer) -> str:
    return ""


Limit = Callable[[Layer], str]  # why a layer is not mapped; empty where it is
LIMITS: dict[str, Limit] = {
    "ADD": _no_limit,
    "AVERAGE_POOL_2D": _no_activation,
    "CONCATENATION": _no_activation,
    "CONV_2D": _equal_dilation,
    "DEPTHWISE_CONV_2D": _equal_dilation,
    "EXPAND_DIMS": _no_limit,
    "FULLY_CONNECTED": _constant_weights,
    "L2_NORMALIZATION": _no_limit,
    "LOGISTIC": _no_limit,
    "MAX_POOL_2D": _no_activation,
    "MAXIMUM": _no_limit,
    "MEAN": _not_over_the_batch,
    "MINIMUM": _no_limit,
    "MUL": _no_limit,
    "PACK": _no_limit,
    "PAD": _not_over_the_batch,
    "PRELU": _no_limit,
    "QUANTIZE": _no_limit,
    "REDUCE_MAX": _not_over_the_batch,
    "REDUCE_MIN": _not_over_the_batch,
    "RELU": _no_limit,
    "RELU6": _no_limit,
    "RELU_N1_TO_1": _no_limit,
    "RESHAPE": _no_limit,
    "RESIZE_BILINEAR": _no_limit,
    "RESIZE_NEAREST_NEIGHBOR": _no_limit,
    "RSQRT": _no_limit,
    "SLICE": _no_limit,
    "SOFTMAX": _one_dimensional,
    "SPACE_TO_DEPTH": _no_limit,
    "SPLIT": _not_over_the_batch,
    "SQUARED_DIFFERENCE": _no_limit,
    "SQUEEZE": _no_limit,
    "STRIDED_SLICE": _unit_strides,
    "SUB": _no_limit,
    "SUM": _not_over_the_batch,
    "TANH": _no_limit,
    "TRANSPOSE": _no_limit,
    "TRANSPOSE_CONV": _constant_weights,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _no_limit,
}
# What to do about operators that networks for cameras often have.
REMEDIES = {
    "LEAKY_RELU": "train a twin with ReLU (technique relu_twin)",
    "PADV2": "pad with zeros: after a ReLU a maximum does not see the difference",
    "HARD_SWISH": "train a twin with ReLU6",
    "SOFTMAX": "leave the decoding outside of the graph (technique quantize_edgetpu)",
    "CAST": "let the network take 8-bit pictures (technique quantize_edgetpu)",
    "DEQUANTIZE": "quantize what comes after it, or leave it outside of the graph",
    "GELU": "train with ReLU6 instead",
    "BATCH_MATMUL": "attention does not map: use a convolutional network",
}
ANY_REMEDY = "replace it with operators of Coral's table"


def layers_of(model: Model) -> list[Layer]:
    """The layers of a model's graph, in the order they run."""
    (graph,) = model.subgraphs
    return [_layer(model, graph, number) for number in range(len(graph.operators))]


def obstacle(layer: Layer) -> str:
    """Why a layer does not map; empty where it does."""
    limit = LIMITS.get(layer.operator)
    return "the Edge TPU has no such operator" if limit is None else limit(layer)


def remedy_for(layer: Layer) -> str:
    """What to do about a layer that does not map."""
    return REMEDIES.get(layer.operator, ANY_REMEDY)


def _layer(model: Model, graph: Any, number: int) -> Layer:
    operator = graph.operators[number]
    inputs = [graph.tensors[place] for place in operator.inputs if place >= 0]
    code = model.operatorCodes[operator.opcodeIndex]
    return Layer(
        number,
        _names().get(int(code.builtinCode), f"operator {int(code.builtinCode)}"),
        inputs,
        [graph.tensors[place] for place in operator.outputs],
        operator.builtinOptions,
        [is_constant(model, tensor) for tensor in inputs],
    )


def is_constant(model: Model, tensor: Any) -> bool:
    """Whether a tensor's values are in the file."""
    buffer = model.buffers[tensor.buffer]
    return buffer.data is not None and len(buffer.data) > 0


@cache
def _names() -> dict[int, str]:
    from ai_edge_litert import schema_py_generated as schema

    members = vars(schema.BuiltinOperator).items()
    return {code: name for name, code in members if isinstance(code, int)}
