"""Whether a model maps to the Edge TPU as a whole, without its compiler.

It says of each layer that does not why, and what to do. Pure: a model is judged as an object.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.edgetpu.operators import (
    Layer,
    is_constant,
    layers_of,
    obstacle,
    remedy_for,
)
from lamplighter_recipes.runtimes.litert.flatbuffer import Model, read_model

CACHE_BYTES = 8 * 1024 * 1024  # on the chip, for parameters; what exceeds it is sent at each run
MAPPED_DIMENSIONS = 3  # the innermost; those before them must be 1
FLOATS = (0, 1, 10, 18)  # the format's types float32, float16, float64, bfloat16
BYTES = (3, 9)  # uint8, int8


class Finding(NamedTuple):
    """One thing that keeps a model from running on the Edge TPU as a whole."""

    layer: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.layer}: {self.problem}. Remedy: {self.remedy}."


def lint(model: Model) -> list[Finding]:
    """All findings, in the order of the graph; none where it maps as one piece."""
    layers = layers_of(model)
    return [
        *_interface(model),
        *(finding for layer in layers for finding in _of_layer(layer)),
        *_partition(layers),
        *_cache(model),
    ]


def lint_file(path: Path) -> list[Finding]:
    """The findings of a `.tflite` file.

    Raises:
        RecipeError: it cannot be read, or LiteRT is not installed.
    """
    try:
        model = read_model(path)
    except ImportError as error:
        remedy = "pip install 'lamplighter[litert]'"
        raise RecipeError(f"LiteRT is needed: {error}", file=str(path), remedy=remedy) from error
    except Exception as error:
        text = f"it is no model of LiteRT: {error or type(error).__name__}"
        raise RecipeError(text, file=str(path), remedy="name a .tflite file") from error
    return lint(model)


def _interface(model: Model) -> Iterator[Finding]:
    (graph,) = model.subgraphs
    for what, places in (("input", graph.inputs), ("output", graph.outputs)):
        for place in places:
            tensor = graph.tensors[place]
            if int(tensor.type) not in BYTES:
                problem = "it is not of 8-bit integers"
                remedy = "quantize inputs and outputs, too (technique quantize_edgetpu)"
                yield Finding(f"{what} {tensor.name.decode()}", problem, remedy)


def _of_layer(layer: Layer) -> Iterator[Finding]:
    reason = obstacle(layer)
    if reason:
        yield Finding(layer.name, reason, remedy_for(layer))
    tensors = [*layer.inputs, *layer.outputs]
    if any(int(tensor.type) in FLOATS for tensor in tensors):
        yield Finding(layer.name, "it computes in floating point", "quantize it to 8 bits")
    if any(_is_open(tensor) for tensor in tensors):
        yield Finding(layer.name, "its shape is not fixed", "convert the model for one size")
    elif any(_is_deep(tensor) for tensor in layer.outputs):
        problem = f"more than {MAPPED_DIMENSIONS} dimensions are larger than 1"
        yield Finding(layer.name, problem, "run one picture at a time, and reshape later")


def _is_open(tensor: Any) -> bool:
    signature = tensor.shapeSignature
    return (signature is not None and any(side < 0 for side in signature)) or (
        tensor.shape is None or any(side < 0 for side in tensor.shape)
    )


def _is_deep(tensor: Any) -> bool:
    return any(side > 1 for side in list(tensor.shape)[:-MAPPED_DIMENSIONS])


def _partition(layers: list[Layer]) -> Iterator[Finding]:
    """The compiler maps what comes before the first layer that it cannot map, and no more."""
    first = next((n for n, layer in enumerate(layers) if obstacle(layer)), len(layers))
    behind = [layer for layer in layers[first:] if not obstacle(layer)]
    if behind:
        problem = f"{len(behind)} of {len(layers)} layers behind it run on the CPU, though they map"
        remedy = "mend this layer, or cut the graph before it"
        yield Finding(layers[first].name, problem, remedy)


def _cache(model: Model) -> Iterator[Finding]:
    (graph,) = model.subgraphs
    places = {tensor.buffer for tensor in graph.tensors if is_constant(model, tensor)}
    size_bytes = sum(len(model.buffers[place].data) for place in places)
    if size_bytes > CACHE_BYTES:
        problem = f"its parameters take {size_bytes} bytes, the chip holds {CACHE_BYTES}"
        yield Finding("the model", problem, "prune it: what exceeds the cache is sent at each run")
