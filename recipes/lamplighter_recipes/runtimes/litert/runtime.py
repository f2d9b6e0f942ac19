"""Builds for LiteRT. Each part is imported when it is used: opening needs no torch."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lamplighter_wire.blobs import ArtifactFile
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method
from lamplighter_recipes.runtimes.litert.flatbuffer import take_apart
from lamplighter_recipes.runtimes.litert.session import open_infer
from lamplighter_recipes.runtimes.runtime import Images, Infer, ProbeNetwork, Ranges

if TYPE_CHECKING:
    import torch


class LiteRt:
    """An artifact is a folder with a model for each size."""

    def export(
        self,
        network: "torch.nn.Module",
        artifact: Path,
        tensors: TensorNames,
        sizes: Sequence[str],
    ) -> None:
        from lamplighter_recipes.runtimes.litert.export import export

        export(network, artifact, tensors, sizes)

    def open(
        self,
        artifact: Path,
        tensors: TensorNames,
        session_config: Mapping[str, str] | None = None,  # noqa: ARG002 - it has none
    ) -> Infer:
        return open_infer(artifact, tensors)

    def measure_ranges(
        self,
        artifact: Path,
        tensors: TensorNames,
        pictures: Iterable[Images],
        method: Method = USUAL,
    ) -> Ranges:
        from lamplighter_recipes.runtimes.litert.ranges import measure_ranges

        return measure_ranges(artifact, tensors, pictures, method)

    def take_apart(self, artifact: Path) -> list[ArtifactFile]:
        return take_apart(artifact)

    def probe_networks(self) -> dict[str, ProbeNetwork]:
        from lamplighter_recipes.runtimes.litert.probe_networks import open_probe_networks

        return open_probe_networks()


RUNTIME = LiteRt()
