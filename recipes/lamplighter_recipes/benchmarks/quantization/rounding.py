"""A detector whose weights are rounded to few bits without any training."""

import copy

import torch
from lamplighter_wire.rules.sizes import MAIN_SIZE, parse_size
from torch import fx

from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.techniques.quantization.aware.graph_quantizer import prepared_graph
from lamplighter_recipes.techniques.quantization.aware.layers import (
    layers_of,
    start_steps,
    write_back,
)


def rounded(detector: Detector, bits: int) -> Detector:
    """To the steps of least square error, the first and the last layers left as they are."""
    result, graph = _begun(detector, bits)
    write_back(graph, result.net)
    return result


def rounded_by_extremes(detector: Detector, bits: int) -> Detector:
    """The same, to steps of which the largest weight is the last multiple."""
    result, graph = _begun(detector, bits)
    for layer in layers_of(graph):
        if layer.rounding is not None:
            largest = graph.get_parameter(layer.weight).detach().flatten(1).abs().amax(1)
            layer.rounding.log_step.data = (largest / layer.rounding.largest).log()
    write_back(graph, result.net)
    return result


def _begun(detector: Detector, bits: int) -> tuple[Detector, fx.GraphModule]:
    result, student = copy.deepcopy(detector), copy.deepcopy(detector)
    width, height = parse_size(MAIN_SIZE)
    picture = torch.zeros(2, 3, height, width)
    graph = prepared_graph(student.net, picture, bits)
    start_steps(graph, [picture])
    return result, graph
