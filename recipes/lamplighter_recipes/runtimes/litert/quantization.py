"""8-bit models of LiteRT: weights per output channel, activations from measured ranges.

The tail that turns logits into scores and distances stays in float, as for onnxruntime.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lamplighter_recipes.runtimes.litert.flatbuffer import (
    Model,
    file_of,
    read_model,
    sizes_of,
    write_model,
)
from lamplighter_recipes.runtimes.litert.graph import (
    PAD,
    code_of,
    consumers,
    feed_pixels_directly,
    join_activations,
    number_tensors,
    pixel_operators,
    tail_operators,
)
from lamplighter_recipes.runtimes.litert.shared_values import Remembered, levels_of, remember
from lamplighter_recipes.runtimes.pixels import PIXEL_RANGE
from lamplighter_recipes.runtimes.quiet import quiet
from lamplighter_recipes.runtimes.runtime import Ranges


def quantize_artifact(source: Path, target: Path, ranges: Ranges) -> None:
    """Write the 8-bit form of every size; `ranges` holds (low, high) per tensor name."""
    target.mkdir(parents=True, exist_ok=True)
    remembered: Remembered = {}
    for size in sizes_of(source):
        model = quantized_model(file_of(source, size), ranges)
        remembered |= levels_of(read_model(file_of(source, size)), model)
        join_activations(model)
        feed_pixels_directly(model)
        number_tensors(model)
        write_model(model, file_of(target, size))
    remember(target, remembered)


def quantized_model(path: Path, ranges: Ranges) -> Model:
    """The 8-bit form of one float model, its tail in floating point."""
    with quiet():
        from ai_edge_quantizer import quantizer

        model = read_model(path)
        ranges = ranges | dict.fromkeys(_pixel_tensors(model), PIXEL_RANGE)
        statistics = {
            name: {"min": _scalar(low), "max": _scalar(high)}
            for name, (low, high) in ranges.items()
        }
        tool = quantizer.Quantizer(str(path), _quantizer_recipe(model, ranges))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.tflite"
            tool.quantize(statistics).export_model(str(file), overwrite=True)
            return read_model(file)


def _quantizer_recipe(model: Model, ranges: Ranges) -> Any:
    """Static 8 bit for all but the tail, what gives tensors without a range, and the cast and
    subtraction of the pixels."""
    from ai_edge_quantizer import algorithm_manager, qtyping, recipe_manager
    from ai_edge_quantizer.utils.tfl_flatbuffer_utils import get_op_scope

    everything = qtyping.TFLOperationName.ALL_SUPPORTED
    manager = recipe_manager.RecipeManager()
    manager.add_static_config(".*", everything, activation_num_bits=8, weight_num_bits=8)
    (graph,) = model.subgraphs
    outside = [*tail_operators(model), *pixel_operators(model)]
    for operator in [
        op for op in graph.operators if op in outside or not _is_ranged(graph, op, ranges)
    ]:
        scope = "^" + re.escape(get_op_scope(operator, graph.tensors))
        left = algorithm_manager.AlgorithmName.NO_QUANTIZE
        manager.add_quantization_config(scope, everything, None, left)
    return manager.get_quantization_recipe()


def _is_ranged(graph: Any, operator: Any, ranges: Ranges) -> bool:
    """Whether what it gives was measured; what was measured before may have ended earlier."""
    return all(graph.tensors[place].name.decode() in ranges for place in operator.outputs)


def _pixel_tensors(model: Model) -> list[str]:
    """Names of what the first convolution reads, padded or not."""
    (graph,) = model.subgraphs
    places = [op.outputs[0] for op in pixel_operators(model)[-1:]]
    places += [
        op.outputs[0]
        for place in places
        for op in consumers(graph, place)
        if code_of(model, op) == PAD
    ]
    return [graph.tensors[place].name.decode() for place in places]


def _scalar(value: float) -> Any:
    return np.full((1, 1, 1, 1), value, np.float32)
