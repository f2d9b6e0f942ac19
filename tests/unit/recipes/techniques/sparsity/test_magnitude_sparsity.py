"""The smallest weights go while training goes on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.hooks import Moment, TrainingHook
from lamplighter_recipes.preparing.trainer import Trainer
from lamplighter_recipes.recipe.technique_registry import find_technique
from lamplighter_recipes.techniques.sparsity.magnitude_sparsity import (
    GradualMasks,
    MagnitudeSparsityConfig,
    cubic_progress,
    magnitude_sparsity,
)
from lamplighter_recipes.techniques.sparsity.masks import density, masks_of_zeros, sparse_weights
from lamplighter_recipes.techniques.sparsity.sparse_training import counts_of

from tests.simulators.recipe_rig import PRUNABLE, Detector, NanoDet
from tests.simulators.training_rig import QUICK, quick_bench, street_training

pytestmark = pytest.mark.torch
CONFIG = MagnitudeSparsityConfig(density=0.25, distribution="uniform", end=0.6, every=1)


class _Densities(TrainingHook):
    """The share of weights that are not zero, at each step."""

    def __init__(self) -> None:
        self.of_steps: list[float] = []

    def before_update(self, moment: Moment) -> None:
        weights = sparse_weights(moment.network).values()
        left = sum(int((weight != 0).sum()) for weight in weights)
        self.of_steps.append(left / sum(weight.numel() for weight in weights))


def test_zeros_come_quickly_at_first_and_slowly_at_the_end() -> None:
    # Zhu and Gupta, equation 1, from 0 to all of the goal's zeros.
    shares = (0.0, 0.1, 0.35, 0.6, 1.0)
    progress = [cubic_progress(share, 0.1, 0.6) for share in shares]
    assert progress == pytest.approx([0.0, 0.0, 0.875, 1.0, 1.0])


def test_the_density_falls_by_the_schedule_and_then_stays(tiny: Detector, tmp_path: Path) -> None:
    bench = quick_bench(tmp_path, replace(QUICK, max_steps=10))
    densities = _Densities()
    bench.hooks.append(densities)
    sparse = magnitude_sparsity(tiny, CONFIG, bench)
    expected = [1 - 0.75 * cubic_progress(step / 10, 0.0, 0.6) for step in range(10)]
    assert densities.of_steps == pytest.approx(expected, abs=0.002)
    assert density(masks_of_zeros(sparse)) == pytest.approx(0.25, abs=1e-4)


def test_the_goal_is_reached_in_two_steps(tiny: Detector, tmp_path: Path) -> None:
    bench = quick_bench(tmp_path, replace(QUICK, max_steps=2))
    sparse = magnitude_sparsity(tiny, replace(CONFIG, every=1000), bench)
    assert density(masks_of_zeros(sparse)) == pytest.approx(0.25, abs=1e-4)


def test_later_trainings_keep_the_zeros(tiny: Detector, tmp_path: Path) -> None:
    bench = quick_bench(tmp_path)
    sparse = magnitude_sparsity(tiny, CONFIG, bench)
    zeros = masks_of_zeros(sparse)
    finetune = find_technique("finetune")
    trained = finetune.prepare(sparse, finetune.config(), bench)
    again = masks_of_zeros(trained)
    assert all(bool((again[name] == zeros[name]).all()) for name in zeros)


def test_a_teacher_is_asked_where_one_is_named(tiny: Detector, tmp_path: Path) -> None:
    bench = quick_bench(tmp_path)
    with pytest.raises(RecipeError, match="nobody"):
        magnitude_sparsity(tiny, replace(CONFIG, teacher="nobody"), bench)


def test_a_training_goes_on_with_the_masks_of_its_checkpoint(
    tiny: Detector, tmp_path: Path
) -> None:
    settings = replace(QUICK, max_steps=8, checkpoint=tmp_path / "run.pt")
    hook = GradualMasks(CONFIG, counts_of(tiny, 0.25, "uniform"))
    trainer = Trainer(tiny, replace(settings, max_steps=3), street_training(), None, [hook])
    trainer.run()
    resumed = GradualMasks(CONFIG, counts_of(tiny, 0.25, "uniform"))
    Trainer(Detector(NanoDet(PRUNABLE)), settings, street_training(), None, [resumed])
    assert resumed.masks.keys() == hook.masks.keys()
    assert all(bool((resumed.masks[name] == hook.masks[name]).all()) for name in hook.masks)


@pytest.mark.parametrize("wrong", [{"density": 0.0}, {"begin": 0.7}, {"end": 1.5}])
def test_what_makes_no_sense_is_refused(
    tiny: Detector, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(RecipeError):
        magnitude_sparsity(tiny, replace(CONFIG, **wrong), quick_bench(tmp_path))
