"""Builds for the Edge TPU, as an export: no agent serves it yet, so it is offered to no device."""

from collections.abc import Mapping
from pathlib import Path

from lamplighter_wire.blobs import ArtifactFile
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.edgetpu.files import DECODING, take_apart
from lamplighter_recipes.runtimes.edgetpu.session import open_infer
from lamplighter_recipes.runtimes.litert.runtime import LiteRt
from lamplighter_recipes.runtimes.runtime import Infer


class EdgeTpu(LiteRt):
    """Float models, their ranges and the probe's networks are those of LiteRT; what is made of
    them is a body and its decoding for each size."""

    def open(
        self,
        artifact: Path,
        tensors: TensorNames,
        session_config: Mapping[str, str] | None = None,
    ) -> Infer:
        if any(artifact.glob(f"{DECODING}*")):
            return open_infer(artifact, tensors)
        return super().open(artifact, tensors, session_config)

    def take_apart(self, artifact: Path) -> list[ArtifactFile]:
        return take_apart(artifact)


RUNTIME = EdgeTpu()
