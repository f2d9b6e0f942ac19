"""Masks of weights, and the hook that keeps them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.techniques.sparsity.masks import (
    KeepMasks,
    apply_masks,
    density,
    largest,
    magnitude_masks,
    masks_of_zeros,
    random_masks,
    sparse_weights,
)

from tests.simulators.recipe_rig import Detector
from tests.simulators.training_rig import QUICK, quick_bench

pytestmark = pytest.mark.torch


def test_the_layer_that_reads_pictures_stays_dense(tiny: Detector) -> None:
    names = set(sparse_weights(tiny))
    assert "net.stem.0.weight" not in names
    assert "net.heads.0.1.weight" in names
    assert not any(name.endswith("bias") for name in names)


def test_exactly_as_many_as_asked_for_stay_though_all_are_equal() -> None:
    assert int(largest(torch.ones(5, 7), 12).sum()) == 12
    assert largest(torch.tensor([3.0, 1.0, 2.0]), 2).tolist() == [True, False, True]


def test_magnitude_keeps_the_largest_and_random_the_same_for_a_seed(tiny: Detector) -> None:
    name = "net.heads.0.1.weight"
    weight = sparse_weights(tiny)[name].detach().abs()
    mask = magnitude_masks(tiny, {name: 100})[name]
    assert weight[mask].min() > weight[~mask].max()
    first, same, other = (random_masks(tiny, {name: 100}, seed)[name] for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert int(other.sum()) == 100


def test_masks_of_zeros_are_the_masks_that_were_applied(tiny: Detector) -> None:
    counts = {name: weight.numel() // 2 for name, weight in sparse_weights(tiny).items()}
    masks = magnitude_masks(tiny, counts)
    assert density(masks) == 0.5
    apply_masks(tiny, masks)
    again = masks_of_zeros(tiny)
    assert again.keys() == masks.keys()
    assert all(torch.equal(again[name], masks[name]) for name in masks)


def test_a_mask_that_no_longer_fits_names_its_layer(tiny: Detector) -> None:
    with pytest.raises(RecipeError, match=r"net\.stem\.0\.weight"):
        apply_masks(tiny, {"net.stem.0.weight": torch.ones(1, 3, 3, 3, dtype=torch.bool)})


def test_masked_weights_stay_zero_and_the_others_learn(tiny: Detector, tmp_path: Path) -> None:
    counts = {name: weight.numel() // 2 for name, weight in sparse_weights(tiny).items()}
    masks = magnitude_masks(tiny, counts)
    before = {name: weight.detach().clone() for name, weight in sparse_weights(tiny).items()}
    bench = quick_bench(tmp_path)
    trained = bench.run(tiny, replace(QUICK, ema_decay=0.5), None, [KeepMasks(masks)])
    for name, weight in sparse_weights(trained).items():
        assert not weight[~masks[name]].any(), name
        assert not torch.equal(weight[masks[name]], before[name][masks[name]]), name
