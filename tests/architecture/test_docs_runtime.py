"""The runtime of the how-to page is a real one: built for, delivered and run."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_recipes.recipe.loader import check_recipe, load_recipe
from lamplighter_recipes.recipe.runtime_facts import RUNTIMES, is_installed
from lamplighter_wire.blobs import assemble, pack
from lamplighter_wire.tasks.detection import TENSORS

from tests.architecture.test_docs_recipe import _blocks

pytestmark = pytest.mark.torch
PAGE = "add-a-runtime.md"
IMAGES = np.random.default_rng(0).integers(0, 255, (1, 64, 64, 3), dtype=np.uint8)


@pytest.fixture
def evaluator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's distribution, installed; its recipe."""
    project, facts, recipe = _blocks(PAGE, "toml")
    workshop, device = _blocks(PAGE, "python")
    source = tmp_path / "evaluator" / "evaluator"
    source.mkdir(parents=True)
    (source.parent / "pyproject.toml").write_text(project)
    for name, text in {
        "__init__.py": "",
        "workshop.py": workshop,
        "workshop.toml": facts,
        "device.py": device,
    }.items():
        (source / name).write_text(text)
    (tmp_path / "evaluated.toml").write_text(recipe)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    site = tmp_path / "site"
    subprocess.run([*pip, "--target", str(site), str(source.parent)], check=True)
    monkeypatch.syspath_prepend(site)
    return tmp_path / "evaluated.toml"


def test_a_runtime_of_another_distribution_is_one_like_ours(evaluator: Path) -> None:
    pytest.importorskip("onnx")
    assert "evaluator" in RUNTIMES.names() and is_installed("evaluator")
    recipe = load_recipe(evaluator)
    check_recipe(recipe, str(evaluator))
    assert recipe.runtime == "evaluator"
    assert "evaluator.workshop" not in sys.modules, "facts are read without the code"
    assert installed_runtimes().versions()["evaluator"]


def test_the_example_runs_what_the_workshop_exports(evaluator: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from lamplighter_recipes.runtimes.runtime import find_runtime

    from tests.simulators.recipe_rig import tiny_detector

    workshop, base = find_runtime("evaluator"), find_runtime("onnxruntime")
    artifact = tmp_path / "float"
    workshop.export(tiny_detector(), artifact, TENSORS, ["64x64"])
    packed = pack(workshop.take_apart(artifact))
    slot = tmp_path / "slot"
    slot.mkdir()
    assemble(packed.parts, packed.chunks.__getitem__, slot)
    opener = installed_runtimes().find("evaluator")
    engine = opener.open(slot, TENSORS, 1, {})
    reference = base.open(artifact, TENSORS)(IMAGES)
    for outputs in (engine.infer(IMAGES), workshop.open(artifact, TENSORS)(IMAGES)):
        for name in TENSORS.outputs:
            np.testing.assert_allclose(outputs[name], reference[name], rtol=1e-3, atol=1e-3)
    opener.probe_run("depthwise_fp32", 1, {})()
