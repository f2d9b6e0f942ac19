"""Ranges that training has learned, by layer, as ranges of a graph's tensors."""

from collections.abc import Mapping

import onnx

from lamplighter_recipes.runtimes.onnxruntime.graph import consumers
from lamplighter_recipes.runtimes.runtime import GIVES, READS, Range, Ranges

ACTIVATIONS = ("Relu", "LeakyRelu", "Clip", "HardSwish", "HardSigmoid", "Sigmoid")
GATES = ("HardSigmoid", "Sigmoid")  # of hard-swish and of SiLU, which exports write in two nodes
WEIGHT = ".weight"
LearnedRanges = Mapping[str, Mapping[str, Range]]


def ranges_of_tensors(graph: onnx.GraphProto, learned: LearnedRanges) -> Ranges:
    """Of what layers read, and give with their activation.

    Args:
        graph: exported with the names of its weights.
        learned: (low, high) of what each layer "reads" and "gives".
    """
    ranges: dict[str, Range] = {}
    for node in graph.node:
        name = node.input[1] if node.op_type == "Conv" else ""
        layer = learned.get(name.removesuffix(WEIGHT), {})
        if READS in layer:
            ranges[node.input[0]] = layer[READS]
        if GIVES in layer:
            ranges[_result(graph, node)] = layer[GIVES]
    return ranges


def _result(graph: onnx.GraphProto, node: onnx.NodeProto) -> str:
    """Of a layer's activation, where it has one, in one node or as a gate that it is multiplied
    by."""
    (result,) = node.output
    readers = consumers(graph, result)
    if len(readers) == 1 and readers[0].op_type in ACTIVATIONS:
        return readers[0].output[0]
    gates = {reader.output[0] for reader in readers if reader.op_type in GATES}
    products = [reader for reader in readers if reader.op_type == "Mul"]
    if len(readers) == 2 and len(products) == 1 and gates & set(products[0].input):
        return products[0].output[0]
    return result
