"""`lamplighter train` from a shipped parent: what the card says was done."""

import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.prepare import TrainRequest, train_command
from lamplighter_recipes.recipe.schema import Recipe, Step
from lamplighter_recipes.tasks.detection.evaluation import OVERALL
from lamplighter_recipes.tasks.detection.weights import load_card, load_parent
from lamplighter_wire.rules.sizes import DEFAULT_SIZES

from tests.simulators.recipe_rig import REGIMES, write_frames

pytestmark = pytest.mark.torch

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "demo" / "weights"
START = "nanodet-p50"
PICTURES, SCENE_SEED = 6, 4711
STEPS, BATCH, MINUTES = 3, 2, 0.02
COMMAND = "lamplighter train mine --start nanodet-p50 --seed 7"
RECIPE = Recipe(
    name="mine",
    parent="mine",
    prepare=[Step(technique="finetune", params={"minutes": MINUTES})],
)


def _labelled(folder: Path, seed: int) -> Path:
    """Labelled pictures of a made-up scene, which say what they were made with."""
    write_frames(folder, PICTURES, seed)
    path = folder / "annotations.json"
    document = {**json.loads(path.read_text()), "info": {"seed": seed}}
    path.write_text(json.dumps(document))
    return folder


@pytest.fixture
def request_(tmp_path: Path) -> TrainRequest:
    weights = tmp_path / "weights"
    weights.mkdir()
    for file in SHIPPED.glob(f"{START}.*"):
        shutil.copyfile(file, weights / file.name)
    return TrainRequest(
        recipe=RECIPE,
        scenes=[_labelled(tmp_path / "train", SCENE_SEED)],
        weights_dir=weights,
        cache_dir=tmp_path / "cache",
        start=START,
        validation=_labelled(tmp_path / "val", 2),
        test=_labelled(tmp_path / "test", 3),
        command=COMMAND,
        train=TrainConfig(
            batch=BATCH, threads=1, seed=7, max_steps=STEPS, sizes=((128, 96, 1.0),), log_s=0.0
        ),
    )


def test_a_trained_parent_says_how_it_came_about(
    request_: TrainRequest, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        path = train_command(request_)
    card = load_card(RECIPE.parent, request_.weights_dir)
    assert path == request_.weights_dir / "mine.json"
    made = {
        "seed": 7,
        "command": COMMAND,
        "start": START,
        "steps": STEPS,
        "images": STEPS * BATCH,
        "scenes": PICTURES,
        "scene_seeds": [SCENE_SEED],
        "real_frames": 0,
    }
    assert {key: card[key] for key in made} == made
    start, trained = card["contributions"]
    assert (start["technique"], trained["technique"]) == ("start", "finetune")
    assert trained["steps"] == STEPS
    assert start["parameters"] == trained["parameters"] >= trained["nonzero"] > 0
    assert "training_minutes" not in card, "its steps were counted"
    assert set(card["accuracy"]) == set(DEFAULT_SIZES)
    for table in card["accuracy"].values():
        assert set(table) == {OVERALL, *REGIMES}
        assert table[OVERALL]["frames"] == PICTURES
        assert 0.0 <= table[OVERALL]["agnostic_ap50"] <= 1.0
        assert 0.0 < table[OVERALL]["threshold"] < 1.0
    _is_another_network_of_the_same_shape(request_.weights_dir)
    said = capfd.readouterr().out + caplog.text
    assert "loss" in said
    assert "DONE" not in said  # the evaluation's library speaks of every table it makes


def _is_another_network_of_the_same_shape(weights_dir: Path) -> None:
    before, after = load_parent(START, weights_dir), load_parent(RECIPE.parent, weights_dir)
    assert before.architecture == after.architecture
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    assert any(not old.equal(new) for old, new in pairs)


def test_without_test_pictures_the_card_has_no_table(request_: TrainRequest) -> None:
    train_command(replace(request_, test=None))
    assert load_card(RECIPE.parent, request_.weights_dir)["accuracy"] == {}


def test_a_folder_without_labels_is_named_with_a_remedy(
    request_: TrainRequest, tmp_path: Path
) -> None:
    empty = tmp_path / "unlabelled"
    empty.mkdir()
    with pytest.raises(RecipeError, match="No such file") as caught:
        train_command(replace(request_, scenes=[empty]))
    assert caught.value.file == str(empty / "annotations.json")
    assert "folder of labelled pictures" in caught.value.remedy
    assert not (request_.weights_dir / "mine.safetensors").exists()


def test_a_recipe_that_prepares_nothing_cannot_be_trained(request_: TrainRequest) -> None:
    with pytest.raises(RecipeError, match="nothing to train") as caught:
        train_command(replace(request_, recipe=Recipe(name="mine", parent="mine")))
    assert caught.value.key == "prepare"
