"""From an 8-bit model to a body that the Edge TPU takes as one piece, and the decoding behind it.

The body reads and gives 8-bit integers. What follows its last convolutions stays in floating point
on the processor: softmax and sums over bins do not map, and cost little.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from lamplighter_recipes.runtimes.edgetpu.operators import layers_of
from lamplighter_recipes.runtimes.litert.flatbuffer import Model
from lamplighter_recipes.runtimes.litert.graph import (
    PAD,
    QUANTIZE,
    code_of,
    drop_unused,
    pixel_operators,
    tail_operators,
)

INT8 = 9  # the format's type
PADV2, RELUS = 60, {"RELU", "RELU6"}
FUSED_RELUS = {1, 3}  # the format's fused activations that are never negative


class Parts(NamedTuple):
    """Two models that one after the other compute what the whole did."""

    body: Model
    decoding: Model


def pad_with_zeros(model: Model) -> None:
    """Let maxima after a ReLU be padded with zeros in place of minus infinity: it is the same."""
    (graph,) = model.subgraphs
    layers = layers_of(model)
    maker = {place: number for number, op in enumerate(graph.operators) for place in op.outputs}
    for operator in [op for op in graph.operators if code_of(model, op) == PADV2]:
        number = maker.get(operator.inputs[0])
        if number is None:
            continue
        fused = getattr(layers[number].options, "fusedActivationFunction", 0)
        if layers[number].operator in RELUS or fused in FUSED_RELUS:
            _make_pad(model, operator)
    drop_unused(model)


def take_bytes(model: Model) -> None:
    """Let the first convolution read signed bytes: the picture's less 128."""
    (graph,) = model.subgraphs
    if not pixel_operators(model) or code_of(model, graph.operators[2]) != QUANTIZE:
        return
    cast, _, quantize = graph.operators[:3]
    picture = graph.tensors[cast.inputs[0]]
    picture.type = INT8
    picture.quantization = graph.tensors[quantize.outputs[0]].quantization
    for operator in graph.operators[3:]:
        operator.inputs = [
            cast.inputs[0] if place == quantize.outputs[0] else place for place in operator.inputs
        ]
    del graph.operators[:3]
    drop_unused(model)


def cut(model: Model) -> Parts:
    """The model before and behind the last convolutions."""
    (graph,) = model.subgraphs
    tail = tail_operators(model)
    numbers = {n for n, operator in enumerate(graph.operators) if any(operator is t for t in tail)}
    made = {p for n, op in enumerate(graph.operators) if n not in numbers for p in op.outputs}
    reads = [p for n, op in enumerate(graph.operators) if n in numbers for p in op.inputs]
    between = list(dict.fromkeys(place for place in reads if place in made))
    names = {f"part{number}": place for number, place in enumerate(between)}
    (signature,) = model.signatureDefs
    inputs, outputs = _places(signature.inputs), _places(signature.outputs)
    heads = set(range(len(graph.operators))) - numbers
    return Parts(
        _part(model, heads, inputs, names),
        _part(model, numbers, names, outputs),
    )


def _places(entries: Iterable[Any]) -> dict[str, int]:
    return {entry.name.decode(): entry.tensorIndex for entry in entries}


def _part(
    model: Model, numbers: set[int], inputs: Mapping[str, int], outputs: Mapping[str, int]
) -> Model:
    """A model of some of the operators, with the tensors that they touch and no others."""
    # The weights are shared: they are read only, and views of a file cannot be copied.
    weights = [buffer.data for buffer in model.buffers]
    part = copy.deepcopy(model, {id(data): data for data in weights})
    (graph,) = part.subgraphs
    graph.operators = [op for number, op in enumerate(graph.operators) if number in numbers]
    graph.inputs, graph.outputs = list(inputs.values()), list(outputs.values())
    (signature,) = part.signatureDefs
    signature.inputs = [_entry(signature, *item) for item in inputs.items()]
    signature.outputs = [_entry(signature, *item) for item in outputs.items()]
    drop_unused(part)
    _drop_buffers(part)
    return part


def _entry(signature: Any, name: str, place: int) -> Any:
    entry = type(signature.inputs[0])()
    entry.name, entry.tensorIndex = name.encode(), place
    return entry


def _drop_buffers(model: Model) -> None:
    (graph,) = model.subgraphs
    used = {0} | {tensor.buffer for tensor in graph.tensors}
    used |= {entry.buffer for entry in model.metadata or []}
    place = {old: new for new, old in enumerate(sorted(used))}
    model.buffers = [model.buffers[old] for old in sorted(used)]
    for owner in [*graph.tensors, *(model.metadata or [])]:
        owner.buffer = place[owner.buffer]


def _make_pad(model: Model, operator: Any) -> None:
    from ai_edge_litert import schema_py_generated as schema

    codes = [int(code.builtinCode) for code in model.operatorCodes]
    if PAD not in codes:
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = PAD
        code.version = 2  # 8-bit
        model.operatorCodes.append(code)
        codes.append(PAD)
    operator.opcodeIndex = codes.index(PAD)
    operator.inputs = list(operator.inputs)[:2]
    operator.builtinOptionsType = schema.BuiltinOptions.PadOptions
    operator.builtinOptions = schema.PadOptionsT()
