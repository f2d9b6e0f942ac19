"""Models of LiteRT as objects, and as files whose large tensors stand behind the graph.

A `.tflite` file is a flatbuffer. Tensors may lie behind it, at offsets that it names: so files for
several sizes of one network differ in their graphs and agree, byte for byte, in their weights.
"""

from pathlib import Path
from typing import Any

from lamplighter_wire.blobs import SMALL_PIECE_BYTES, ArtifactFile, Piece
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.litert_files import model_file
from lamplighter_wire.rules.litert_files import sizes_of as sizes_of_names

ALIGNMENT = 64  # bytes: what the kernels like to read
GRAPH = "graph"
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
    return [ArtifactFile(path.name, _pieces(path.read_bytes())) for path in files]


def _pieces(data: bytes) -> list[Piece]:
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(data))
    offsets = sorted(buffer.offset for buffer in model.buffers if buffer.offset)
    places = zip([0, *offsets], [*offsets, len(data)], strict=True)
    return [
        Piece(f"tensor{number}" if number else GRAPH, data[begin:end])
        for number, (begin, end) in enumerate(places)
    ]


def _graph(model: Model) -> bytes:
    from ai_edge_litert.tools import flatbuffer_utils

    return _padded(bytes(flatbuffer_utils.convert_object_to_bytearray(model)))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)
