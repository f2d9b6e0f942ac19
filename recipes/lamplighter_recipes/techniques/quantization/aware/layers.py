"""What was learned of a graph's layers, by the names of their weights."""

from collections.abc import Iterator
from typing import NamedTuple, cast

import torch
from torch import Tensor, fx, nn

from lamplighter_recipes.runtimes.runtime import GIVES, READS, Range
from lamplighter_recipes.techniques.quantization.aware.graph_quantizer import (
    ACTIVATIONS,
    CONVOLUTIONS,
)
from lamplighter_recipes.techniques.quantization.aware.learned_steps import (
    ActivationStep,
    WeightStep,
)

WEIGHT = ".weight"


class Layer(NamedTuple):
    """A convolution: the name of its weights, what rounds them, and its node."""

    weight: str
    rounding: WeightStep | None
    node: fx.Node


def layers_of(graph: fx.GraphModule) -> Iterator[Layer]:
    """All convolutions in their order."""
    for node in graph.graph.nodes:
        if node.target in CONVOLUTIONS:
            source = node.args[1]
            rounding = _module(graph, source)
            name = source.args[0] if rounding is not None else source
            yield Layer(str(name.target), cast("WeightStep | None", rounding), node)


def start_steps(graph: fx.GraphModule, pictures: list[Tensor]) -> None:
    """Begin with the steps that the weights and these normalised pictures ask for."""
    for layer in layers_of(graph):
        if layer.rounding is not None:
            layer.rounding.start(graph.get_parameter(layer.weight))
    with torch.no_grad():
        for batch in pictures:
            graph(batch)
    for module in graph.modules():
        if isinstance(module, ActivationStep):
            module.start()


@torch.no_grad()
def write_back(graph: fx.GraphModule, network: nn.Module) -> None:
    """Give the network the trained weights, rounded."""
    network.load_state_dict({key: graph.get_parameter(key) for key in network.state_dict()})
    for layer in layers_of(graph):
        if layer.rounding is not None:
            weight = network.get_parameter(layer.weight)
            weight.copy_(layer.rounding.snapped(weight))


def learned_ranges(graph: fx.GraphModule) -> dict[str, dict[str, Range]]:
    """Of each layer what it `reads` and what it `gives`, its activation included."""
    ranges: dict[str, dict[str, Range]] = {}
    for layer in layers_of(graph):
        found = {READS: _before(graph, layer.node), GIVES: _after(graph, layer.node)}
        ranges[layer.weight.removesuffix(WEIGHT)] = {
            side: step.range for side, step in found.items() if step is not None
        }
    return ranges


def _before(graph: fx.GraphModule, node: fx.Node) -> ActivationStep | None:
    """The rounding of what a node reads, past what only passes values on."""
    source = node.args[0]
    while isinstance(source, fx.Node) and source.op != "placeholder":
        step = _module(graph, source)
        if step is not None:
            return cast(ActivationStep, step)
        source = source.args[0]
    return None


def _after(graph: fx.GraphModule, node: fx.Node) -> ActivationStep | None:
    for reader in node.users:
        step = _module(graph, reader)
        if step is not None:
            return cast(ActivationStep, step)
        if reader.target in ACTIVATIONS:
            return _after(graph, reader)
    return None


def _module(graph: fx.GraphModule, node: fx.Node) -> nn.Module | None:
    return graph.get_submodule(str(node.target)) if node.op == "call_module" else None
