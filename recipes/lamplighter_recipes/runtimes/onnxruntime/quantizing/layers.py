"""A graph in layers: what has weights, with all that follows it up to the next."""

from typing import NamedTuple

import onnx

from lamplighter_recipes.runtimes.onnxruntime.quantization import (
    has_weights,
    head_nodes,
    name_nodes,
    tail_nodes,
)


class Layer(NamedTuple):
    """Nodes, by their names, that are in floating point or in 8 bits together."""

    name: str
    nodes: tuple[str, ...]


def layers_of(graph: onnx.GraphProto) -> list[Layer]:
    """In the graph's order, without what is done to pixels and without the decoding.

    What joins several layers belongs to the last of them.
    """
    name_nodes(graph)
    weights = {item.name for item in graph.initializer}
    left_out = {*head_nodes(graph), *tail_nodes(graph)}
    place_of_tensor: dict[str, int] = {}
    layers: list[list[str]] = []
    for node in graph.node:
        if node.name in left_out:
            continue
        if has_weights(node, weights):
            layers.append([])
        place = len(layers) - 1
        if not has_weights(node, weights):
            places = [place_of_tensor[name] for name in node.input if name in place_of_tensor]
            place = max(places, default=place)
        layers[place].append(node.name)
        place_of_tensor.update(dict.fromkeys(node.output, place))
    return [Layer(nodes[0], tuple(nodes)) for nodes in layers]
