"""Where parents come from."""

import shutil
from pathlib import Path

import onnx
import pytest
from lamplighter_recipes.building.evaluation import measure_parent
from lamplighter_recipes.building.parents import main_size, prepared
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.model_families import facts_of_family
from lamplighter_recipes.runtimes.onnxruntime.session import open_infer
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.decoders.decoder import DISTRIBUTIONS, OWN
from lamplighter_wire.tasks.detection import TENSORS

from tests.simulators.recipe_rig import REGIMES, random_images

pytestmark = pytest.mark.torch


def test_a_finished_graph_is_a_parent(graph: Path, folders: Materials, tmp_path: Path) -> None:
    shutil.copyfile(graph, tmp_path / "users.onnx")
    parent = prepared("users", tmp_path, tmp_path / "cache")
    assert parent.facts.work_at("384x288").mmac > 0
    images = random_images(1, 96, 64).numpy()
    outputs = (open_infer(path, TENSORS)(images)["scores"] for path in (graph, parent.graph))
    assert abs(next(outputs) - next(outputs)).max() < 1e-4
    assert parent.facts.decoder == OWN  # as it was: it decodes by itself


def test_weights_are_exported_with_cells_which_the_device_decodes(folders: Materials) -> None:
    parent = prepared("nanodet-p50", folders.weights_dir, folders.cache_dir)
    assert parent.facts.decoder.name == DISTRIBUTIONS
    assert parent.tensors.outputs == ("cells",)
    names = [value.name for value in onnx.load(parent.graph).graph.output]
    assert names == ["cells"]


def test_a_graph_without_the_tasks_outputs_is_refused(graph: Path, tmp_path: Path) -> None:
    model = onnx.load(graph)
    model.graph.output[0].name = "logits"
    onnx.save(model, tmp_path / "users.onnx")
    with pytest.raises(RecipeError, match="lacks scores") as caught:
        prepared("users", tmp_path, tmp_path / "cache")
    assert "as the task does" in caught.value.remedy


def test_one_size_stands_for_all_also_where_a_recipe_leaves_the_familys_out() -> None:
    assert main_size(facts_of_family("nanodet"), ["256x192", "384x288"]) == "384x288"
    assert main_size(facts_of_family("nanodet"), ["128x96", "256x192"]) == "128x96"


def test_a_parent_is_measured_once(folders: Materials) -> None:
    parent = prepared("nanodet-p50", folders.weights_dir, folders.cache_dir)
    assert parent.facts.accuracy == {}
    measure_parent(parent, folders.evaluation_dir)
    again = prepared("nanodet-p50", folders.weights_dir, folders.cache_dir)
    assert set(again.facts.accuracy) == set(parent.kind.sizes)
    assert set(again.facts.accuracy["384x288"]) == set(REGIMES)
    assert again.facts.work == parent.facts.work
    measure_parent(again, folders.evaluation_dir / "nowhere")
