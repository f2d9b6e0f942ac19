"""A model of another make becomes a parent like any other, as a whole or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lamplighter_recipes.building.build import specialise
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.errors import RecipesError
from lamplighter_recipes.own_models.add import add_model
from lamplighter_recipes.own_models.findings import PreflightError
from lamplighter_recipes.own_models.request import AddRequest
from lamplighter_recipes.own_models.shelf import (
    changing,
    materials_of,
    model_folder,
    names_of,
    own_models,
    recipes_of_model,
    remove_model,
)
from lamplighter_recipes.recipe.own_model import OWN_FAMILY
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_wire.tasks.detection import CLASSES

from tests.simulators.foreign_models import (
    Brightness,
    colour_folders,
    cvat_folder,
    fixed_graph,
    importable,
    light_folders,
    yolo_graph,
)
from tests.simulators.tflite_models import int8_colours

FOR_OPENVINO = ["cells-openvino-int8"] if is_installed("openvino") else []
pytestmark = pytest.mark.torch


@pytest.fixture
def detector(tmp_path: Path) -> AddRequest:
    return AddRequest(
        name="cells",
        source=str(yolo_graph(tmp_path / "yolo.onnx", opset=11)),
        task="detection",
        data=str(cvat_folder(tmp_path / "data")),
        models_dir=tmp_path / "models",
        cache_dir=tmp_path / "cache",
        licence="MIT",
        decoder="yolo",
        classes="tree,person,car",
        std=(255.0,),
    )


@pytest.fixture
def classifier(detector: AddRequest, tmp_path: Path) -> AddRequest:
    return replace(
        detector,
        name="light",
        source=importable(tmp_path, "light_factory"),
        task="classification:light",
        data=str(light_folders(tmp_path / "folders")),
        decoder="",
        classes="dark,bright",
        activation="softmax",
        sizes=("64x48",),
        mean=(128.0,),
        std=(64.0,),
    )


def test_an_onnx_detector_is_added_built_in_eight_bits_and_judged(detector: AddRequest) -> None:
    added = add_model(detector)
    assert added.model.pictures == {"calibration": 3, "evaluation": 6, "golden": 3}
    assert added.model.accuracy["64x48"] > 0.9  # one box a bright cell, as it is labelled
    assert added.recipes == ["cells-fp32", "cells-int8", *FOR_OPENVINO]
    folders = materials_of(model_folder(detector.models_dir, "cells"), detector.cache_dir)
    recipes = recipes_of_model(detector.models_dir, "cells")
    cards = {}
    for name in added.recipes:
        cards[name] = specialise(recipes[name], folders, detector.cache_dir / name).card
    plain, small = cards["cells-fp32"], cards["cells-int8"]
    assert (plain.task, plain.decoder.name, plain.needs) == ("traffic", "yolo", ["decoder:yolo"])
    assert (small.precision, small.activations) == ("int8", "u8")
    assert plain.mmac["64x48"] == pytest.approx(3 * 64 * 48 / 1e6)
    assert set(plain.expected_ap50["64x48"]) == {"night-dry-free"}  # as dark as they are
    assert any(golden.boxes for golden in plain.golden)


def test_an_onnx_graph_answers_as_before(detector: AddRequest) -> None:
    import onnxruntime

    add_model(detector)
    parent = prepared(
        "cells",
        model_folder(detector.models_dir, "cells") / "weights",
        detector.cache_dir,
        OWN_FAMILY,
    )
    picture = np.random.default_rng(3).integers(0, 255, (1, 48, 64, 3), dtype=np.uint8)
    fitted = find_runtime("onnxruntime").open(parent.graph, parent.tensors)(picture)
    session = onnxruntime.InferenceSession(detector.source)
    (before,) = session.run(None, {"x": (picture / 255).astype(np.float32).transpose(0, 3, 1, 2)})
    assert fitted["predictions"] == pytest.approx(before, abs=1e-4)


def test_a_factory_s_classifier_needs_its_code_no_longer(classifier: AddRequest) -> None:
    added = add_model(replace(classifier, pictures=10))
    assert added.model.accuracy == {"64x48": 1.0}
    assert {"light-fp32", "light-int8"} <= set(added.recipes)
    folder = model_folder(classifier.models_dir, "light")
    recipe = recipes_of_model(classifier.models_dir, "light")["light-int8"]
    card = specialise(recipe, materials_of(folder, classifier.cache_dir), folder / "out").card
    assert (card.task, card.decoder.classes) == ("classification:light", ("bright", "dark"))
    assert card.measured_ap50["64x48"] == {"day": 1.0, "night": 1.0}
    assert [row[0] for golden in card.golden for row in golden.boxes[:1]]


def test_dynamic_quantization_is_offered_where_a_model_can_be_exported_for_it(
    classifier: AddRequest,
) -> None:
    pytest.importorskip("litert_torch")
    added = add_model(replace(classifier, pictures=10))
    assert "light-litert-dynamic" in added.recipes
    folder = model_folder(classifier.models_dir, "light")
    recipe = recipes_of_model(classifier.models_dir, "light")["light-litert-dynamic"]
    card = specialise(recipe, materials_of(folder, classifier.cache_dir), folder / "out").card
    assert (card.runtime, card.precision) == ("litert", "int8")
    assert card.measured_ap50["64x48"] == {"day": 1.0, "night": 1.0}


def test_an_exported_program_is_added_as_well(classifier: AddRequest, tmp_path: Path) -> None:
    path = tmp_path / "light.pt2"
    torch.export.save(torch.export.export(Brightness(), (torch.zeros(1, 3, 48, 64),)), path)
    added = add_model(replace(classifier, source=str(path), sizes=()))
    assert (added.model.sizes, added.model.accuracy) == (["64x48"], {"64x48": 1.0})


def test_a_tflite_file_is_served_as_it_is(classifier: AddRequest, tmp_path: Path) -> None:
    litert_torch = pytest.importorskip("litert_torch")
    path = tmp_path / "light.tflite"

    class Last(Brightness):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x.permute(0, 3, 1, 2))

    litert_torch.convert(Last().eval(), (torch.zeros(1, 48, 64, 3),)).export(str(path))
    added = add_model(replace(classifier, source=str(path), sizes=()))
    assert (added.model.runtime, added.recipes) == ("litert", ["light-as-is"])
    assert added.model.accuracy == {"64x48": 1.0}
    folder = model_folder(classifier.models_dir, "light")
    recipe = recipes_of_model(classifier.models_dir, "light")["light-as-is"]
    card = specialise(recipe, materials_of(folder, classifier.cache_dir), folder / "out").card
    assert card.mmac["64x48"] == pytest.approx(2 * 3 * 64 * 48 / 1e6)
    assert card.runtime == "litert"


def test_a_tflite_file_with_8_bits_in_and_out_is_served_as_well(
    classifier: AddRequest, tmp_path: Path
) -> None:
    pytest.importorskip("ai_edge_litert")
    wrong = replace(
        classifier,
        source=str(int8_colours(tmp_path / "colours.tflite")),
        data=str(colour_folders(tmp_path / "colours")),
        classes="red,green,blue",
        activation="",
        sizes=(),
    )
    with pytest.raises(PreflightError, match="mean: the input takes pixels as int8"):
        add_model(wrong)
    request = replace(wrong, mean=(0.0,), std=(1.0,))
    assert add_model(request).model.accuracy == {"64x48": 1.0}
    weights = model_folder(request.models_dir, "light") / "weights"
    parent = prepared("light", weights, request.cache_dir, OWN_FAMILY)
    picture = np.zeros((1, 48, 64, 3), np.uint8)
    picture[..., 0], picture[..., 1] = 255, 51
    scores = find_runtime("litert").open(parent.graph, parent.tensors)(picture)["scores"]
    assert scores.reshape(-1) == pytest.approx([1.0, 0.2, 0.0], abs=0.01)


def test_a_graph_with_branches_keeps_the_names_that_they_read(
    detector: AddRequest, tmp_path: Path
) -> None:
    """Its input is called as the task's, and so are its outputs."""
    graph = fixed_graph(
        tmp_path / "nms.onnx",
        boxes=np.array([[8, 8, 40, 40], [0, 0, 4, 4]], np.float32),
        scores=np.array([0.9, 0.2], np.float32),
        classes=np.array([1, 0], np.int64),
    )
    request = replace(detector, source=str(graph), decoder="after-nms", classes="tree,car")
    added = add_model(request)
    assert added.model.accuracy.keys() == {"64x48"}
    assert "cells-openvino-int8" not in added.recipes, "its tool takes no branches"
    assert set(added.recipes) == set(recipes_of_model(request.models_dir, "cells"))
    assert ("openvino" in added.impossible) == bool(FOR_OPENVINO)
    weights = model_folder(request.models_dir, "cells") / "weights"
    parent = prepared("cells", weights, request.cache_dir, OWN_FAMILY)
    picture = np.full((1, 48, 64, 3), 250, np.uint8)
    outputs = find_runtime("onnxruntime").open(parent.graph, parent.tensors)(picture)
    found = parent.evaluator.task.decode(outputs, 64, 48, {"": 0.5})
    assert found.tolist() == [pytest.approx([8, 8, 40, 40, 0.9, CLASSES.index("car")])]


def test_a_detector_of_a_name_of_its_own_is_judged_on_its_own_pictures(
    detector: AddRequest,
) -> None:
    added = add_model(replace(detector, task="detection:cells"))
    assert added.model.task == "detection:cells"
    folders = materials_of(model_folder(detector.models_dir, "cells"), detector.cache_dir)
    recipe = recipes_of_model(detector.models_dir, "cells")["cells-fp32"]
    card = specialise(recipe, folders, detector.cache_dir / "out").card
    assert (card.task, card.needs) == ("detection:cells", ["decoder:yolo"])
    assert card.expected_ap50["64x48"]["night-dry-free"] > 0.9


def test_a_tensor_that_is_empty_for_every_picture_costs_nothing(
    detector: AddRequest, tmp_path: Path
) -> None:
    """As the second stage of a detector that finds nothing: such a tensor has no extremes."""
    add_model(replace(detector, source=str(yolo_graph(tmp_path / "x.onnx", spared=True))))
    folders = materials_of(model_folder(detector.models_dir, "cells"), detector.cache_dir)
    recipe = recipes_of_model(detector.models_dir, "cells")["cells-int8"]
    card = specialise(recipe, folders, detector.cache_dir / "out").card
    assert card.measured_ap50["64x48"]["night-dry-free"] > 0.9


def test_a_network_that_one_runtime_does_not_take_is_added_for_the_other(
    detector: AddRequest, tmp_path: Path
) -> None:
    """How many objects there are depends on the picture, and LiteRT's shapes are fixed."""
    pytest.importorskip("litert_torch")
    request = replace(
        detector,
        source=importable(tmp_path, "bright_factory", "bright_boxes"),
        decoder="detections",
        classes="car",
        sizes=("64x48",),
    )
    added = add_model(request)
    assert added.recipes == ["cells-fp32", "cells-int8", *FOR_OPENVINO]
    assert "LiteRT" in added.impossible["litert"]
    assert added.model.accuracy["64x48"] > 0.9


def test_what_fails_half_way_leaves_nothing(
    detector: AddRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(share: float, stage: str) -> None:
        if stage.startswith("calibrate"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_model(detector, fail)
    assert names_of(detector.models_dir) == []
    assert [p.name for p in detector.models_dir.iterdir()] == [".lock"]
    add_model(detector)
    assert names_of(detector.models_dir) == ["cells"]


def test_the_next_change_takes_away_what_a_power_cut_left(detector: AddRequest) -> None:
    add_model(detector)
    left = detector.models_dir / ".adding-xyz"
    left.mkdir()
    with changing(detector.models_dir):
        assert not left.exists()
        with pytest.raises(RecipesError, match="another model"), changing(detector.models_dir):
            pass
    (model,) = own_models(detector.models_dir)
    assert (model.name, model.licence, model.classes[-1]) == ("cells", "MIT", "car")
    remove_model(detector.models_dir, "cells")
    assert names_of(detector.models_dir) == []
    with pytest.raises(RecipesError, match="no model 'cells'"):
        remove_model(detector.models_dir, "cells")


def test_other_classes_are_another_version(detector: AddRequest) -> None:
    def version(classes: str) -> str:
        add_model(replace(detector, classes=classes))
        weights = model_folder(detector.models_dir, "cells") / "weights"
        found = prepared("cells", weights, detector.cache_dir, OWN_FAMILY).version
        remove_model(detector.models_dir, "cells")
        return found

    assert version("tree,person,car") != version("tree,bus,car")
    assert version("tree,person,car") == version("tree,person,car")
