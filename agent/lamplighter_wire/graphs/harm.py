"""Whether a network may run: asked before a runtime opens it, on devices and where it is added."""

from collections.abc import Callable, Mapping
from pathlib import Path

from lamplighter_wire.errors import GraphError
from lamplighter_wire.graphs.facts import MOST_GRAPH_BYTES, GraphFacts, shown
from lamplighter_wire.graphs.onnx_graph import read_onnx
from lamplighter_wire.graphs.openvino_graph import read_openvino
from lamplighter_wire.graphs.operators import forbidden, operator_name
from lamplighter_wire.graphs.tflite_graph import read_tflite
from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT, OPENVINO

READERS: Mapping[str, tuple[str, Callable[[bytes], GraphFacts]]] = {
    BASE_RUNTIME: (".onnx", read_onnx),
    LITERT: (".tflite", read_tflite),
    OPENVINO: (".xml", read_openvino),
}
"""Runtime -> suffix of its graphs, and what reads them."""


def check_folder(runtime: str, folder: Path, memory_bytes: int) -> None:
    """All graphs of a variant, as its runtime will find them.

    Args:
        memory_bytes: of the machine; 0: unknown.

    Raises:
        GraphError: one may not run; says which and why.
        OSError: a file cannot be read.
    """
    if runtime not in READERS:
        return  # of somebody else's runtime nothing is known here
    suffix, _ = READERS[runtime]
    for path in sorted(folder.iterdir()):
        if path.suffix == suffix:
            check_file(runtime, path, memory_bytes)


def check_file(
    runtime: str, path: Path, memory_bytes: int, most_bytes: int = MOST_GRAPH_BYTES
) -> None:
    """One graph. LiteRT's hold their weights, so they may be as large as an artifact.

    Raises:
        GraphError, OSError: as `check_folder`.
    """
    size_bytes = path.stat().st_size
    if runtime != LITERT and size_bytes > most_bytes:
        raise GraphError(f"{path.name}: a graph of {size_bytes} bytes, at most {most_bytes} may be")
    try:
        facts = READERS[runtime][1](path.read_bytes())
        _check(facts, runtime, memory_bytes)
        _check_outside(facts, path.parent)
    except GraphError as error:
        raise GraphError(f"{path.name}: {error}") from error
    except RecursionError as error:
        raise GraphError(f"{path.name}: it is nested too deeply") from error


def _check(facts: GraphFacts, runtime: str, memory_bytes: int) -> None:
    for domain, kind in sorted(facts.operators):
        if forbidden(runtime, domain, kind):
            name = operator_name(runtime, domain, kind)
            raise GraphError(f"the operator {name} is none that a variant may use")
    if facts.control:
        raise GraphError(f"it has {', '.join(sorted(facts.control))}, which no variant may have")
    largest = max(facts.tensors, key=lambda tensor: tensor.size_bytes, default=None)
    if largest is not None and memory_bytes and largest.size_bytes > memory_bytes:
        raise GraphError(
            f"the tensor {largest.name} of {'x'.join(map(str, largest.shape))} takes"
            f" {largest.size_bytes} bytes, the machine has {memory_bytes}"
        )


def _check_outside(facts: GraphFacts, folder: Path) -> None:
    for place in facts.outside:
        if "/" in place.file or place.file in ("", ".", "..") or "\\" in place.file:
            raise GraphError(f"the tensor {place.tensor.name} lies in {shown(place.file)}, outside")
        path = folder / place.file
        if path.is_symlink() or not path.is_file():
            raise GraphError(f"the tensor {place.tensor.name} lies in no file of the variant")
        if place.offset + place.size_bytes > path.stat().st_size or place.offset < 0:
            raise GraphError(f"the tensor {place.tensor.name} lies beyond the end of {place.file}")
        if place.size_bytes != place.tensor.size_bytes and place.tensor.bits >= 8:
            shape = "x".join(map(str, place.tensor.shape))
            raise GraphError(
                f"the tensor {place.tensor.name} of {shape} has {place.size_bytes} bytes"
            )
