"""What a runtime can do for the workshop: the seam that every runtime fits."""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from lamplighter_wire.blobs import ArtifactFile
from lamplighter_wire.tasks.tensor_names import TensorNames
from numpy.typing import NDArray

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.runtime_facts import RUNTIMES, is_installed, runtime_facts
from lamplighter_recipes.runtimes.calibration_rule import USUAL, Method

if TYPE_CHECKING:
    import torch

Images = NDArray[np.uint8]  # [N, H, W, 3] RGB
Outputs = Mapping[str, NDArray[Any]]  # by the names that the task gives them
Infer = Callable[[Images], Outputs]
Range = tuple[float, float]
Ranges = dict[str, Range]  # minimum and maximum by tensor name
# Of a parent's card: by layer, the ranges that training has learned of what it reads and gives.
LEARNED_RANGES, READS, GIVES = "learned_ranges", "reads", "gives"


class ProbeNetwork(NamedTuple):
    """One of the device's probe, opened here: an inference, and its multiply-accumulates."""

    run: Callable[[], object]
    work_mmac: float


class Runtime(Protocol):
    """Builds for one runtime. An artifact is a file, or a folder of files, as it opens it."""

    def export(
        self,
        network: "torch.nn.Module",
        artifact: Path,
        tensors: TensorNames,
        sizes: Sequence[str],
    ) -> None:
        """Write a network in floating point, to be run at these sizes.

        It takes uint8 images [N, H, W, 3] and gives its outputs in the order of the names.

        Raises:
            ExportError: it cannot be exported; says what is missing.
        """

    def open(
        self,
        artifact: Path,
        tensors: TensorNames,
        session_config: Mapping[str, str] | None = None,
    ) -> Infer:
        """An artifact as a function, on one thread, as devices serve it.

        Loads nothing that devices do not: the memory of a process that serves is measured by it.
        """

    def measure_ranges(
        self,
        artifact: Path,
        tensors: TensorNames,
        pictures: Iterable[Images],
        method: Method = USUAL,
    ) -> Ranges:
        """Activation ranges of a float artifact over calibration pictures [1, H, W, 3]."""

    def take_apart(self, artifact: Path) -> list[ArtifactFile]:
        """The files that a device gets, in pieces: what two artifacts share are equal pieces."""

    def probe_networks(self) -> Mapping[str, ProbeNetwork]:
        """The probe's dense networks by precision: "fp32", "int8"."""


@runtime_checkable
class ConvertsGraphs(Protocol):
    """A runtime that also takes ONNX graphs: of a parent that is nothing but a finished graph, too,
    and without exporting it a second time."""

    def convert(
        self, graph: Path, artifact: Path, tensors: TensorNames, sizes: Sequence[str]
    ) -> None:
        """Write a parent's float graph, to be run at these sizes.

        Raises:
            ExportError: it cannot be converted; says what is missing.
        """


def find_runtime(name: str) -> Runtime:
    """Import what builds for a runtime: the object `RUNTIME` of its module.

    Raises:
        RecipeError: there is none, or its tools are not installed.
    """
    if not is_installed(name):
        facts = runtime_facts(name)
        elsewhere = f"install {', '.join(facts.tools)} elsewhere; set {facts.python} to its python"
        raise RecipeError(
            f"the tools that build for {name!r} are not installed",
            remedy=elsewhere if facts.python else f"pip install 'lamplighter[{facts.extra}]'",
        )
    runtime: Runtime = importlib.import_module(RUNTIMES.module(name)).RUNTIME
    return runtime
