"""Full 8-bit bodies for the Edge TPU, refused where a layer does not map."""

import tempfile
from pathlib import Path

from lamplighter_wire.files import write_atomically

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.edgetpu.body import cut, pad_with_zeros, take_bytes
from lamplighter_recipes.runtimes.edgetpu.files import body_file, decoding_file
from lamplighter_recipes.runtimes.edgetpu.lint import Finding, lint
from lamplighter_recipes.runtimes.litert.flatbuffer import (
    Model,
    file_of,
    read_model,
    sizes_of,
)
from lamplighter_recipes.runtimes.litert.graph import join_activations, number_tensors
from lamplighter_recipes.runtimes.litert.quantization import quantized_model
from lamplighter_recipes.runtimes.runtime import Ranges


def quantize_artifact(source: Path, target: Path, ranges: Ranges) -> None:
    """Write body and decoding of every size; `ranges` holds (low, high) per tensor name.

    Raises:
        RecipeError: a layer does not map to the Edge TPU; names all, and what to do.
    """
    target.mkdir(parents=True, exist_ok=True)
    for size in sizes_of(source):
        body, decoding = cut(_full_integer(file_of(source, size), ranges))
        refuse(lint(body), body_file(target, size))
        _write(body, body_file(target, size))
        _write(decoding, decoding_file(target, size))


def refuse(findings: list[Finding], path: Path) -> None:
    """Nothing where a model maps.

    Raises:
        RecipeError: it does not.
    """
    if findings:
        raise RecipeError(
            "it does not map to the Edge TPU as one piece:\n" + "\n".join(map(str, findings)),
            file=str(path),
            remedy=findings[0].remedy,
        )


def _write(model: Model, path: Path) -> None:
    number_tensors(model)
    write_plainly(model, path)


def write_plainly(model: Model, path: Path) -> None:
    """With all tensors in the graph's file: the compiler is older than offsets behind it."""
    from ai_edge_litert.tools import flatbuffer_utils

    write_atomically(path, [bytes(flatbuffer_utils.convert_object_to_bytearray(model))])


def _full_integer(path: Path, ranges: Ranges) -> Model:
    with tempfile.TemporaryDirectory() as folder:
        padded = Path(folder) / "padded.tflite"
        model = read_model(path)
        pad_with_zeros(model)
        write_plainly(model, padded)
        model = quantized_model(padded, ranges)
    join_activations(model)
    take_bytes(model)
    return model
