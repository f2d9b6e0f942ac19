"""Ranges of activations over pictures, by the same rules as for onnxruntime."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.rules.sizes import size_key
from lamplighter_wire.tasks.tensor_names import TensorNames
from numpy.typing import NDArray

from lamplighter_recipes.runtimes.calibration_rule import (
    USUAL,
    Method,
    needs_values,
    range_of_extremes,
    ranges_of_values,
)
from lamplighter_recipes.runtimes.litert.flatbuffer import file_of, read_model
from lamplighter_recipes.runtimes.litert.graph import tail_operators
from lamplighter_recipes.runtimes.litert.session import load
from lamplighter_recipes.runtimes.runtime import Images, Ranges


def measure_ranges(
    artifact: Path, tensors: TensorNames, pictures: Iterable[Images], method: Method = USUAL
) -> Ranges:
    """Range of every tensor up to the last convolutions, by names that all sizes share."""
    shown = list(pictures)
    extremes: dict[str, list[tuple[float, float]]] = {}
    for values in activations(artifact, tensors, shown):
        for name, value in values.items():
            extremes.setdefault(name, []).append(_finite_extremes(value))
    limits = {name: range_of_extremes(np.array(pairs), method) for name, pairs in extremes.items()}
    if not needs_values(method):
        return limits
    return ranges_of_values(limits, activations(artifact, tensors, shown), method)


def activations(
    artifact: Path, tensors: TensorNames, pictures: Iterable[Images]
) -> Iterator[Mapping[str, NDArray[np.float32]]]:
    """All tensors up to the last convolutions, picture by picture."""
    interpreters: dict[str, tuple[Any, dict[str, int]]] = {}
    for picture in pictures:
        size = size_key(picture.shape[2], picture.shape[1])
        if size not in interpreters:
            interpreters[size] = _open(file_of(artifact, size))
        interpreter, places = interpreters[size]
        interpreter.get_signature_runner()(**{tensors.input: picture})
        yield {name: interpreter.get_tensor(place) for name, place in places.items()}


def _finite_extremes(values: NDArray[np.float32]) -> tuple[float, float]:
    """Lowest and highest; a maximum is padded with minus infinity, which is no value of its own."""
    low, high = float(values.min()), float(values.max())
    if np.isfinite(low) and np.isfinite(high):
        return low, high
    finite = values[np.isfinite(values)]
    return float(finite.min(initial=0.0)), float(finite.max(initial=0.0))


def _open(path: Path) -> tuple[Any, dict[str, int]]:
    """An interpreter that keeps all tensors, and the places of those that are measured by name."""
    from ai_edge_litert.interpreter import OpResolverType

    model = read_model(path)
    (graph,) = model.subgraphs
    tail = tail_operators(model)
    places = {
        graph.tensors[place].name.decode(): place
        for operator in graph.operators
        if operator not in tail
        for place in operator.outputs
    }
    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    options = {"experimental_preserve_all_tensors": True}
    return load(path, experimental_op_resolver_type=resolver, **options), places
