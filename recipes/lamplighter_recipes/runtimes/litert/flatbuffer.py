"""Models of LiteRT as objects, and as files whose large tensors stand behind the graph.

A `.tflite` file is a flatbuffer. Tensors may lie behind it, at offsets that it names: so files for
several sizes of one network differ in their graphs and agree, byte for byte, in their weights.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.artifacts.encodings import Levels
from lamplighter_wire.blobs import SMALL_PIECE_BYTES, ArtifactFile, Piece, sha256_hex
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.litert_files import model_file
from lamplighter_wire.rules.litert_files import sizes_of as sizes_of_names

ALIGNMENT = 64  # bytes: what the kernels like to read
GRAPH = "graph"
SHARED_VALUES = "shared-values.npz"  # beside the models
Model = Any  # ai_edge_litert's ModelT


def file_of(artifact: Path, size: str) -> Path:
    """The model of a size such as "384x288"."""
    return artifact / model_file(size)


def sizes_of(artifact: Path) -> list[str]:
    """The sizes that an artifact can be run at, the smallest first."""
    return sizes_of_names(path.name for path in artifact.iterdir())


def read_model(path: Path) -> Model:
    """The model in a file, with all its tensors in it."""
    from ai_edge_litert.tools import flatbuffer_utils

    return flatbuffer_utils.read_model(str(path))


def write_model(model: Model, path: Path) -> None:
    """Write the graph, and behind it the large tensors in the graph's order."""
    large = [
        (buffer, _padded(bytes(buffer.data)))
        for buffer in model.buffers
        if buffer.data is not None and len(buffer.data) >= SMALL_PIECE_BYTES
    ]
    for buffer, _ in large:
        buffer.size, buffer.offset, buffer.data = len(buffer.data), ALIGNMENT, None
    position = len(_graph(model))  # the offsets' values do not change its length
    for buffer, data in large:
        buffer.offset = position
        position += len(data)
    write_atomically(path, [_graph(model), *(data for _, data in large)])


def take_apart(artifact: Path) -> list[ArtifactFile]:
    """The file of each size: its graph, and its large tensors as pieces of their own."""
    files = [file_of(artifact, size) for size in sizes_of(artifact)]
    levels = _levels(artifact / SHARED_VALUES)
    return [ArtifactFile(path.name, _pieces(path.read_bytes(), levels)) for path in files]


def _levels(path: Path) -> dict[str, Levels]:
    """What 8-bit weights were rounded from, by the hash of the tensor."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        hashes = {name.partition(".")[0] for name in arrays}
        return {sha: Levels(arrays[f"{sha}.values"], arrays[f"{sha}.scales"]) for sha in hashes}


def _pieces(data: bytes, levels: Mapping[str, Levels]) -> list[Piece]:
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(data))
    offsets = sorted(buffer.offset for buffer in model.buffers if buffer.offset)
    places = zip([0, *offsets], [*offsets, len(data)], strict=True)
    parts = [data[begin:end] for begin, end in places]
    return [
        Piece(f"tensor{number}" if number else GRAPH, part, levels=levels.get(sha256_hex(part)))
        for number, part in enumerate(parts)
    ]


def _graph(model: Model) -> bytes:
    from ai_edge_litert.tools import flatbuffer_utils

    return _padded(bytes(flatbuffer_utils.convert_object_to_bytearray(model)))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)
