"""Builds for OpenVINO. Each part is imported when it is used: opening needs no torch."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lamplighter_wire.blobs import ArtifactFile
from lamplighter_wire.enums import Precision
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method
from lamplighter_recipes.runtimes.openvino.session import core, open_infer
from lamplighter_recipes.runtimes.runtime import Images, Infer, ProbeNetwork, Ranges

if TYPE_CHECKING:
    import torch


class OpenVino:
    """An artifact is a folder with one graph for all sizes, and its weights."""

    def export(
        self,
        network: "torch.nn.Module",
        artifact: Path,
        tensors: TensorNames,
        sizes: Sequence[str],
    ) -> None:
        from lamplighter_recipes.runtimes.onnxruntime.export import export

        with tempfile.TemporaryDirectory() as folder:
            graph = Path(folder) / "float.onnx"
            export(network, graph, tensors)
            self.convert(graph, artifact, tensors, sizes)

    def convert(
        self,
        graph: Path,
        artifact: Path,
        tensors: TensorNames,  # noqa: ARG002 - the graph has them
        sizes: Sequence[str],  # noqa: ARG002 - the axes stay dynamic
    ) -> None:
        from lamplighter_recipes.runtimes.openvino.model_files import write_model

        write_model(core().read_model(graph), artifact, Precision.FP32)

    def open(
        self,
        artifact: Path,
        tensors: TensorNames,
        session_config: Mapping[str, str] | None = None,  # noqa: ARG002 - it has none
    ) -> Infer:
        return open_infer(artifact, tensors)

    def measure_ranges(
        self,
        artifact: Path,  # noqa: ARG002
        tensors: TensorNames,  # noqa: ARG002
        pictures: Iterable[Images],  # noqa: ARG002
        method: Method = USUAL,  # noqa: ARG002
    ) -> Ranges:
        raise RecipeError(
            "ranges are not measured for OpenVINO, whose quantizer calibrates by itself",
            remedy="use a technique that wants frames, such as quantize_openvino",
        )

    def take_apart(self, artifact: Path) -> list[ArtifactFile]:
        from lamplighter_recipes.runtimes.openvino.model_files import take_apart

        return take_apart(artifact)

    def probe_networks(self) -> dict[str, ProbeNetwork]:
        from lamplighter_recipes.runtimes.openvino.probe_networks import open_probe_networks

        return open_probe_networks()


RUNTIME = OpenVino()
