"""ExecuTorch's models answer as the network does, in an environment of their own."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.errors import ExportError, RecipeError
from lamplighter_recipes.recipe.runtime_facts import is_installed, tool_versions
from lamplighter_recipes.runtimes.executorch.environment import Runner
from lamplighter_recipes.runtimes.executorch.quantization import quantize_artifact
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_wire.tasks.detection import TENSORS

from tests.simulators.recipe_rig import tiny_detector

pytestmark = pytest.mark.torch
SIZE = "96x64"
IMAGES = np.random.default_rng(0).integers(0, 255, (3, 64, 96, 3), dtype=np.uint8)
needs_executorch = pytest.mark.skipif(
    not is_installed("executorch"), reason="EXECUTORCH_PYTHON names no environment of ExecuTorch"
)


@pytest.fixture(scope="module")
def floats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("executorch") / "float"
    find_runtime("executorch").export(tiny_detector(), folder, TENSORS, [SIZE])
    return folder


@needs_executorch
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("bits", "limit"), [(32, 1e-3), (8, 0.1)])
def test_its_runner_computes_what_the_network_computes(
    floats: Path, tmp_path: Path, bits: int, limit: float
) -> None:
    import torch

    artifact = floats
    if bits == 8:
        artifact = tmp_path / "int8"
        quantize_artifact(floats, artifact, (image[None] for image in IMAGES))
    with torch.no_grad():
        reference = tiny_detector()(torch.from_numpy(IMAGES))
    outputs = find_runtime("executorch").open(artifact, TENSORS)(IMAGES)
    for name, expected in zip(TENSORS.outputs, reference, strict=True):
        error = np.abs(outputs[name] - expected.numpy()).mean()
        assert error < limit * np.abs(expected.numpy()).mean()
        assert bits == 32 or error > 0


@needs_executorch
@pytest.mark.slow
def test_only_models_are_taken_apart(floats: Path) -> None:
    (file,) = find_runtime("executorch").take_apart(floats)
    assert file.name == f"model-{SIZE}.pte"
    assert file.pieces[0].data[4:8].startswith(b"ET"), "a program of ExecuTorch"


def test_without_an_environment_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXECUTORCH_PYTHON", raising=False)
    assert not is_installed("executorch")
    with pytest.raises(RecipeError, match="EXECUTORCH_PYTHON"):
        find_runtime("executorch")
    with pytest.raises(RecipeError, match="EXECUTORCH_PYTHON"):
        Runner(Path("model.pte"))


def test_versions_are_those_of_the_other_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 1.5.1 0.18.0 2.13.0\n")
    python.chmod(0o755)
    monkeypatch.setenv("EXECUTORCH_PYTHON", str(python))
    assert tool_versions("executorch")["torchao"] == "0.18.0"
    monkeypatch.setenv("EXECUTORCH_PYTHON", str(tmp_path / "absent"))
    assert not any(tool_versions("executorch").values())


def test_a_runner_that_cannot_start_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Python without ExecuTorch: the process ends at once."""
    monkeypatch.setenv("EXECUTORCH_PYTHON", sys.executable)
    runner = Runner(tmp_path / "absent.pte")
    with pytest.raises(ExportError, match="runner"):
        for _ in range(2):
            runner.run(IMAGES[:1])
    assert os.environ["EXECUTORCH_PYTHON"] == sys.executable
