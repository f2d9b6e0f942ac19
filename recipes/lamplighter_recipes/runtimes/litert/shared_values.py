"""Weights that share values in models of LiteRT, and what 8-bit ones were rounded from.

The shared values lie in a file beside the models, by the hash of the tensor that they yield. It is
for whoever packs the tensors; devices do not get it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from lamplighter_wire.artifacts.encodings import INT8_MAX, MAX_VALUES, Levels
from lamplighter_wire.artifacts.packing import few_values
from lamplighter_wire.blobs import SMALL_PIECE_BYTES, sha256_hex
from numpy.typing import NDArray

from lamplighter_recipes.runtimes.litert.flatbuffer import (
    SHARED_VALUES,
    Model,
    file_of,
    read_model,
    sizes_of,
    write_model,
)
from lamplighter_recipes.runtimes.litert.graph import (
    CONV_2D,
    DEPTHWISE_CONV_2D,
    FULLY_CONNECTED,
    code_of,
)

WEIGHTED_OPS = (CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED)
FLOAT32, INT8 = 0, 9  # types of the format's tensors

Change = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Remembered = dict[str, Levels]


class Weight(NamedTuple):
    """A layer's tensor and its data; `scales` along the first axis where it is of 8 bits."""

    tensor: Any
    buffer: Any
    scales: NDArray[np.float32] | None


def change_weights(source: Path, target: Path, change: Change) -> None:
    """Write models whose large weights are changed, 8-bit ones by their real values."""
    target.mkdir(parents=True, exist_ok=True)
    remembered: Remembered = {}
    for size in sizes_of(source):
        model = read_model(file_of(source, size))
        for weight in large_weights(model):
            data = _changed(weight, change, remembered)
            weight.buffer.data = np.frombuffer(data, np.uint8)
        write_model(model, file_of(target, size))
    remember(target, remembered)


def remember(artifact: Path, remembered: Remembered) -> None:
    """Keep beside the models what their 8-bit weights were rounded from."""
    if not remembered:
        return
    arrays: dict[str, Any] = {
        f"{sha}.{key}": array
        for sha, levels in remembered.items()
        for key, array in levels._asdict().items()
    }
    with (artifact / SHARED_VALUES).open("wb") as file:
        np.savez(file, **arrays)


def levels_of(floats: Model, quantized: Model) -> Remembered:
    """What 8-bit weights were rounded from where the float ones share few values; both models name
    their tensors alike."""
    shared = {
        weight.tensor.name: few_values(np.frombuffer(bytes(weight.buffer.data), "<f4"), MAX_VALUES)
        for weight in large_weights(floats)
        if weight.scales is None
    }
    return {
        sha256_hex(bytes(weight.buffer.data)): Levels(shared[weight.tensor.name], weight.scales)
        for weight in large_weights(quantized)
        if weight.scales is not None and len(shared.get(weight.tensor.name, ()))
    }


def large_weights(model: Model) -> Iterator[Weight]:
    """Weights that travel by themselves, in the graph's order."""
    (graph,) = model.subgraphs
    for operator in graph.operators:
        if code_of(model, operator) in WEIGHTED_OPS:
            tensor = graph.tensors[operator.inputs[1]]
            buffer = model.buffers[tensor.buffer]
            if buffer.data is not None and len(buffer.data) >= SMALL_PIECE_BYTES:
                yield from _weight(tensor, buffer)


def _weight(tensor: Any, buffer: Any) -> Iterator[Weight]:
    """Nothing for 8-bit weights whose scales do not lie along the first axis."""
    if tensor.type == FLOAT32:
        yield Weight(tensor, buffer, None)
    elif tensor.type == INT8 and tensor.quantization is not None:
        scales = np.asarray(tensor.quantization.scale, np.float32)
        if len(scales) == 1 or tensor.quantization.quantizedDimension == 0:
            yield Weight(tensor, buffer, scales)


def _changed(weight: Weight, change: Change, remembered: Remembered) -> bytes:
    data, shape = bytes(weight.buffer.data), list(weight.tensor.shape)
    if weight.scales is None:
        return change(np.frombuffer(data, np.float32).reshape(shape)).tobytes()
    scales = weight.scales.reshape(-1, *[1] * (len(shape) - 1))
    values = change(np.frombuffer(data, np.int8).reshape(shape) * scales)
    rounded = np.clip(np.rint(values / scales), -INT8_MAX, INT8_MAX).astype(np.int8).tobytes()
    few = few_values(values.reshape(-1), MAX_VALUES)
    if len(few):
        remembered[sha256_hex(rounded)] = Levels(few, weight.scales)
    return rounded
