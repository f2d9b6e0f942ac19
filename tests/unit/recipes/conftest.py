"""A tiny real network and what builds read, for the tests of a module."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.tasks.detection import TENSORS

if TYPE_CHECKING:
    from lamplighter_recipes.tasks.detection.networks.detector import Detector


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    torch = pytest.importorskip("torch")
    from tests.simulators.recipe_rig import materials

    torch.set_num_threads(1)
    return materials(tmp_path_factory.mktemp("materials"))


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    from lamplighter_recipes.runtimes.onnxruntime.export import export

    from tests.simulators.recipe_rig import tiny_detector

    path = tmp_path_factory.mktemp("graph") / "float.onnx"
    export(tiny_detector(), path, TENSORS)
    return path


@pytest.fixture
def tiny() -> "Detector":
    """A network of few channels with random weights, which pruning can halve."""
    torch = pytest.importorskip("torch")
    from lamplighter_recipes.tasks.detection.networks.detector import Detector
    from lamplighter_recipes.tasks.detection.networks.nanodet import NanoDet

    from tests.simulators.recipe_rig import PRUNABLE

    torch.manual_seed(0)
    return Detector(NanoDet(PRUNABLE)).eval()
