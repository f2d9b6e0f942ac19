"""Networks of OpenVINO on disk: a graph, and its weights in an order that variants share.

OpenVINO writes its constants as they come in the graph. Here the large ones come first, each at a
place of its own, and all small ones behind them: so a recalibrated variant differs from its sibling
in the graph and in one piece.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

from lamplighter_wire.blobs import SMALL_PIECE_BYTES, ArtifactFile, Piece
from lamplighter_wire.files import write_atomically
from lamplighter_wire.rules.openvino_options import GRAPH_FILE, PRECISION_INFO, WEIGHTS_FILE

from lamplighter_recipes.runtimes.openvino.session import core

ALIGNMENT = 64  # bytes: what the kernels like to read
GRAPH, SMALL = "graph", "small"
# How the format points at a constant in the file of weights.
PLACE = re.compile(r'offset="(\d+)" size="(\d+)"')

Span = tuple[int, int]  # offset and size in bytes


def read_model(artifact: Path) -> Any:
    """The network of an artifact, not compiled."""
    return core().read_model(artifact / GRAPH_FILE)


def write_model(model: Any, artifact: Path, precision: str, *, half_weights: bool = False) -> None:
    """Write a network that is to be computed in a precision; `half_weights`: kept in 16 bits."""
    import openvino

    model.set_rt_info(str(precision), list(PRECISION_INFO))
    _name_alike(model)
    artifact.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / GRAPH_FILE
        openvino.save_model(model, path, compress_to_fp16=half_weights)
        graph, weights = path.read_text(), path.with_name(WEIGHTS_FILE).read_bytes()
    graph, weights = in_order(graph, weights)
    write_atomically(artifact / WEIGHTS_FILE, [weights])
    write_atomically(artifact / GRAPH_FILE, [graph.encode()])


def in_order(graph: str, weights: bytes) -> tuple[str, bytes]:
    """Graph and weights with the large constants first."""
    spans = _spans(graph)
    ordered = sorted(spans, key=lambda span: span[1] < SMALL_PIECE_BYTES)
    places: dict[Span, int] = {}
    data = bytearray()
    for offset, size in ordered:
        places[offset, size] = len(data)
        data += weights[offset : offset + size]
        data += bytes(-len(data) % (ALIGNMENT if size >= SMALL_PIECE_BYTES else 8))

    def moved(match: re.Match[str]) -> str:
        offset, size = int(match[1]), int(match[2])
        return f'offset="{places[offset, size]}" size="{size}"'

    return PLACE.sub(moved, graph), bytes(data)


def take_apart(artifact: Path) -> list[ArtifactFile]:
    """The graph, and of the weights each large constant and all small ones together."""
    graph = (artifact / GRAPH_FILE).read_text()
    weights = (artifact / WEIGHTS_FILE).read_bytes()
    large = [offset for offset, size in _spans(graph) if size >= SMALL_PIECE_BYTES]
    small = [offset for offset, size in _spans(graph) if size < SMALL_PIECE_BYTES]
    begins = sorted({*large, *small[:1]})
    pieces = [
        Piece(f"tensor{number}" if begin in large else SMALL, weights[begin:end])
        for number, (begin, end) in enumerate(zip(begins, [*begins[1:], len(weights)], strict=True))
    ]
    return [
        ArtifactFile(GRAPH_FILE, [Piece(GRAPH, graph.encode())]),
        ArtifactFile(WEIGHTS_FILE, pieces),
    ]


def _spans(graph: str) -> list[Span]:
    """Of all constants, each once, in the graph's order."""
    return list(dict.fromkeys((int(a), int(b)) for a, b in PLACE.findall(graph)))


def _name_alike(model: Any) -> None:
    """Numbers in place of names that count on within a process: equal networks give equal files."""
    outside = {name for port in (*model.inputs, *model.outputs) for name in port.names}
    for number, operator in enumerate(model.get_ordered_ops()):
        operator.set_friendly_name(str(number))
        for port in operator.outputs():
            port.get_tensor().set_names(port.names & outside)
