"""Ranges of activations over pictures."""

from collections.abc import Iterable
from pathlib import Path

import onnx
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.calibration_rule import (
    USUAL,
    Method,
    needs_values,
    range_of_extremes,
    ranges_of_values,
)
from lamplighter_recipes.runtimes.onnxruntime.activations import activations, extremes
from lamplighter_recipes.runtimes.onnxruntime.quantization import quantizable_tensors
from lamplighter_recipes.runtimes.runtime import Images, Ranges


def measure_ranges(
    model: Path, tensors: TensorNames, pictures: Iterable[Images], method: Method = USUAL
) -> Ranges:
    """Range of every tensor between quantizable nodes."""
    shown = list(pictures)
    names = quantizable_tensors(onnx.load(model).graph)
    pairs = extremes(model, tensors, shown, names)
    limits = {name: range_of_extremes(pairs[:, i], method) for i, name in enumerate(names)}
    if not needs_values(method):
        return limits
    return ranges_of_values(limits, activations(model, tensors, shown, names), method)
