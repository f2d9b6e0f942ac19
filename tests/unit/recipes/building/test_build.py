"""Building a variant, on a tiny real network."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from lamplighter_recipes.building.build import specialise
from lamplighter_recipes.building.evaluation import evaluate_variant
from lamplighter_recipes.building.parent_results import parent_results
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.loader import load_catalogue, load_recipe
from lamplighter_recipes.tasks.detection.average_precision import ap50
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.tasks.frame_set import by_regime
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials
from lamplighter_wire.rules.accuracy import headline

pytestmark = pytest.mark.torch


def test_a_build_measures_what_a_plan_needs(folders: Materials, tmp_path: Path) -> None:
    recipe = load_catalogue()["int8-full"]
    stages: list[str] = []
    known = VariantCard(id="known", expected_ap50={"384x288": {"day-dry-free": 0.8}})
    built = specialise(
        recipe, folders, tmp_path, known=known, progress=lambda _share, stage: stages.append(stage)
    )
    card = built.card
    assert card.expected_ap50 == known.expected_ap50
    assert card.built
    assert card.precision == "int8"
    assert card.size_bytes > card.wire_bytes > 0
    assert card.memory_bytes > 10_000_000
    assert set(card.mmac) == set(recipe.sizes)
    assert len(card.golden) == 2
    assert stages[-1] == "done"
    full = evaluate_variant(card, built.artifact, _of_site(folders, "depot", tmp_path))
    assert full.evaluated_frames == 6
    assert full.site_ap50 == {"depot": full.expected_ap50}
    for size, (low, high) in full.headline_interval.items():
        assert low <= (headline(full.measured_ap50[size]) or 0.0) <= high
        for regime, by_class in full.class_map50[size].items():
            assert 0 <= by_class <= full.measured_ap50[size][regime]  # cars only: one class
    assert set(full.expected_ap50["256x192"]) == {"day-dry-free", "night-dry-free"}
    assert "" in full.thresholds
    _says_the_parents_figure_within_the_noise(full, folders)
    assert evaluate_variant(card, built.artifact, folders).site_ap50 == {}
    with pytest.raises(RecipeError, match="other weights"):
        evaluate_variant(
            msgspec.structs.replace(card, model_version="0" * 12), built.artifact, folders
        )


def test_half_floats_are_half_the_bytes_of_nearly_the_same_network(
    folders: Materials, tmp_path: Path
) -> None:
    path = tmp_path / "half.toml"
    step = '[[specialise]]\ntechnique = "half_precision"\n'
    path.write_text(f'name = "half"\nparent = "nanodet-full"\n{step}')
    full = specialise(load_catalogue()["fp32-full"], folders, tmp_path / "full").card
    half = specialise(load_recipe(path), folders, tmp_path / "half").card
    assert (half.precision, half.activations) == ("fp16", "")
    assert half.size_bytes < 0.65 * full.size_bytes
    for size, row in full.measured_ap50.items():
        for regime, ap50_full in row.items():
            assert abs(half.measured_ap50[size][regime] - ap50_full) <= 0.05


def _of_site(folders: Materials, site: str, root: Path) -> Materials:
    """The same, with evaluation frames that say which site they are of."""
    folder = root / "frames"
    shutil.copytree(folders.evaluation_dir, folder)
    labels = folder / "annotations.json"
    labels.write_text(json.dumps({"info": {"site": site}, **json.loads(labels.read_text())}))
    return replace(folders, evaluation_dir=folder)


def _says_the_parents_figure_within_the_noise(card: VariantCard, folders: Materials) -> None:
    parent = prepared(card.parent, folders.weights_dir, folders.cache_dir)
    frames = load_frames(folders.evaluation_dir)
    for size, row in card.gain_interval.items():
        figures = by_regime(parent_results(parent, frames, size), frames)
        for regime, gain in row.items():
            own, parents = card.measured_ap50[size][regime], round(ap50(figures[regime]), 4)
            expected = parents if gain[0] <= 0 <= gain[1] else own
            assert card.expected_ap50[size][regime] == expected


def test_a_missing_parent_says_what_is_missing(folders: Materials, tmp_path: Path) -> None:
    empty = Materials(tmp_path, *(folders.calibration_dir,) * 3, tmp_path / "cache")
    with pytest.raises(RecipeError, match="no weights of the parent 'nanodet-full'"):
        specialise(load_catalogue()["int8-full"], empty, tmp_path)
