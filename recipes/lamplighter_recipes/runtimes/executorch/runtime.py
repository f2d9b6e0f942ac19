"""Builds for ExecuTorch, as an export: programs are lowered and checked in its own environment."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from lamplighter_wire.blobs import ArtifactFile, Piece
from lamplighter_wire.rules.sizes import parse_size, size_key
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.errors import ExportError, RecipeError
from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method
from lamplighter_recipes.runtimes.executorch.environment import Runner, lower
from lamplighter_recipes.runtimes.quiet import quiet
from lamplighter_recipes.runtimes.runtime import Images, Infer, Outputs, ProbeNetwork, Ranges

if TYPE_CHECKING:
    import torch


def model_file(artifact: Path, size: str) -> Path:
    """What a runner is given for a size such as "384x288"."""
    return artifact / f"model-{size}.pte"


def program_file(artifact: Path, size: str) -> Path:
    """The float program that 8 bits are made of."""
    return artifact / f"program-{size}.pt2"


class ExecuTorch:
    """An artifact is a folder with a program and a model for each size."""

    def export(
        self,
        network: "torch.nn.Module",
        artifact: Path,
        tensors: TensorNames,  # noqa: ARG002 - outputs are told apart by their order
        sizes: Sequence[str],
    ) -> None:
        import torch

        artifact.mkdir(parents=True, exist_ok=True)
        for size in sizes:
            width, height = parse_size(size)
            example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
            try:
                with quiet(), torch.no_grad():
                    program = torch.export.export(network.eval(), (example,))
                    torch.export.save(program, program_file(artifact, size))
            except Exception as error:
                raise ExportError(f"the network cannot be exported: {error}") from error
            lower(program_file(artifact, size), model_file(artifact, size))

    def open(
        self,
        artifact: Path,
        tensors: TensorNames,
        session_config: Mapping[str, str] | None = None,  # noqa: ARG002 - it has none
    ) -> Infer:
        runners: dict[str, Runner] = {}

        def infer(images: Images) -> Outputs:
            size = size_key(images.shape[2], images.shape[1])
            if size not in runners:
                runners[size] = Runner(model_file(artifact, size))
            rows = [runners[size].run(image[None]) for image in images]
            outputs = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
            return dict(zip(tensors.outputs, outputs, strict=True))

        return infer

    def measure_ranges(
        self,
        artifact: Path,  # noqa: ARG002
        tensors: TensorNames,  # noqa: ARG002
        pictures: Iterable[Images],  # noqa: ARG002
        method: Method = USUAL,  # noqa: ARG002
    ) -> Ranges:
        raise RecipeError(
            "ranges are not measured for ExecuTorch, whose quantizer calibrates by itself",
            remedy="use a technique that wants frames, such as quantize_executorch",
        )

    def take_apart(self, artifact: Path) -> list[ArtifactFile]:
        return [
            ArtifactFile(path.name, [Piece(path.stem, path.read_bytes())])
            for path in sorted(artifact.glob("*.pte"))
        ]

    def probe_networks(self) -> dict[str, ProbeNetwork]:
        return {}  # no device is probed in it


RUNTIME = ExecuTorch()
