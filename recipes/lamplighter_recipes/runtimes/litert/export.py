"""From a torch network to models of LiteRT: one file a size, for its graphs have fixed shapes."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.errors import ExportError
from lamplighter_recipes.runtimes.litert.flatbuffer import file_of, read_model, write_model
from lamplighter_recipes.runtimes.litert.graph import absorb_normalisation, number_tensors
from lamplighter_recipes.runtimes.quiet import quiet

if TYPE_CHECKING:
    import torch


def export(
    network: "torch.nn.Module", artifact: Path, tensors: TensorNames, sizes: Sequence[str]
) -> None:
    """Write a model a size: uint8 [1,H,W,3] to the network's outputs.

    The normalisation of the pixels is folded into the first convolution.

    Raises:
        ExportError: it cannot be converted; says why.
    """
    import torch

    named = _named(network.eval(), tensors)
    artifact.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        width, height = parse_size(size)
        example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.tflite"
            try:
                _convert(named, {tensors.input: example}, path)
            except Exception as error:
                raise ExportError(f"the network cannot be converted to LiteRT: {error}") from error
            model = read_model(path)
        absorb_normalisation(model)
        number_tensors(model)
        write_model(model, file_of(artifact, size))


def _named(network: "torch.nn.Module", tensors: TensorNames) -> "torch.nn.Module":
    """The network with its outputs by name, which become the names in the model's signature."""
    import torch

    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, **inputs: torch.Tensor) -> dict[str, torch.Tensor]:
            outputs = self.network(inputs[tensors.input])
            return dict(zip(tensors.outputs, outputs, strict=True))

    return Named().eval()


def _convert(network: "torch.nn.Module", inputs: dict[str, Any], path: Path) -> None:
    # Its parts in C++ know no stream of Python's; read once, when they are loaded.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet():
        import litert_torch

        litert_torch.convert(network, sample_kwargs=inputs).export(str(path))
