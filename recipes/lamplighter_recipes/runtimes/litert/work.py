"""What one run of a model of LiteRT costs, counted from its graph."""

from math import prod
from typing import Any

from lamplighter_recipes.runtimes.litert.flatbuffer import Model
from lamplighter_recipes.runtimes.litert.graph import (
    CONV_2D,
    DEPTHWISE_CONV_2D,
    FULLY_CONNECTED,
    code_of,
)
from lamplighter_recipes.variants.figures import Work

# Bytes of an element by the format's code of its type; others (strings) do not occur.
ELEMENT_BYTES = {0: 4, 1: 2, 2: 4, 3: 1, 4: 8, 7: 2, 9: 1, 16: 2}


def count_work(model: Model) -> Work:
    """Multiply-accumulates of convolutions and matrices, and bytes of all tensors."""
    (graph,) = model.subgraphs
    dense = depthwise = 0
    for operator in graph.operators:
        code = code_of(model, operator)
        if code in (CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED):
            weights = _shape(graph, operator.inputs[1])  # [out, height, width, in], [out, in]
            outputs = _shape(graph, operator.outputs[0])
            if code == DEPTHWISE_CONV_2D:  # [1, height, width, channels]
                depthwise += prod(outputs) * prod(weights[1:3])
            else:
                dense += prod(outputs) * prod(weights[1:])
    moved = sum(
        prod(_shape(graph, place)) * ELEMENT_BYTES.get(int(tensor.type), 4)
        for place, tensor in enumerate(graph.tensors)
    )
    return Work((dense + depthwise) / 1e6, depthwise / 1e6, moved)


def _shape(graph: Any, place: int) -> list[int]:
    shape = graph.tensors[place].shape
    return [] if shape is None else [max(int(side), 1) for side in shape]
