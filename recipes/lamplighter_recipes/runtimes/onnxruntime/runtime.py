"""Builds for onnxruntime. Each part is imported when it is used: opening needs no onnx."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from lamplighter_wire.blobs import ArtifactFile
from lamplighter_wire.enums import Precision
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method
from lamplighter_recipes.runtimes.onnxruntime.session import load, open_infer
from lamplighter_recipes.runtimes.runtime import Images, Infer, ProbeNetwork, Ranges

if TYPE_CHECKING:
    import torch


class OnnxRuntime:
    """An artifact is one ONNX file whose pictures may have any size."""

    def export(
        self,
        network: "torch.nn.Module",
        artifact: Path,
        tensors: TensorNames,
        sizes: Sequence[str],  # noqa: ARG002 - the axes stay dynamic
    ) -> None:
        from lamplighter_recipes.runtimes.onnxruntime.export import export

        export(network, artifact, tensors)

    def open(
        self,
        artifact: Path,
        tensors: TensorNames,
        session_config: Mapping[str, str] | None = None,
    ) -> Infer:
        return open_infer(artifact, tensors, session_config)

    def measure_ranges(
        self,
        artifact: Path,
        tensors: TensorNames,
        pictures: Iterable[Images],
        method: Method = USUAL,
    ) -> Ranges:
        from lamplighter_recipes.runtimes.onnxruntime.ranges import measure_ranges

        return measure_ranges(artifact, tensors, pictures, method)

    def take_apart(self, artifact: Path) -> list[ArtifactFile]:
        from lamplighter_recipes.runtimes.onnxruntime.external_tensors import take_apart

        return take_apart(artifact)

    def probe_networks(self) -> dict[str, ProbeNetwork]:
        from lamplighter_recipes.runtimes.onnxruntime.probe_networks import write_probe_nets

        networks = {}
        with tempfile.TemporaryDirectory() as folder:
            work = write_probe_nets(Path(folder))
            for precision in (Precision.FP32, Precision.INT8):
                name = f"dense_{precision}"
                session = load(Path(folder) / f"{name}.onnx")
                given = session.get_inputs()[0]
                picture = np.random.default_rng(0).random(given.shape, np.float32)
                run = partial(session.run, None, {given.name: picture})
                networks[precision.value] = ProbeNetwork(run, work[name])
        return networks


RUNTIME = OnnxRuntime()
