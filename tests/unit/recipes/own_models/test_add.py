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
from lamplighter_recipes.runtimes.runtime import find_runtime

from tests.simulators.foreign_models import (
    Brightness,
    cvat_folder,
    importable,
    light_folders,
    yolo_graph,
)

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
    assert added.recipes == ["cells-fp32", "cells-int8"]
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
