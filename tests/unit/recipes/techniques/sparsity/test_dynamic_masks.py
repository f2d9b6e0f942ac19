"""Small weights go, others come: SET at random, RigL by the gradient."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lamplighter_recipes.preparing.hooks import Moment, TrainingHook
from lamplighter_recipes.preparing.trainer import Trainer
from lamplighter_recipes.recipe.technique_registry import find_technique
from lamplighter_recipes.techniques.sparsity.dynamic_masks import (
    DynamicMasks,
    DynamicSparsity,
    cosine_fraction,
    drop_and_grow,
)
from lamplighter_recipes.techniques.sparsity.masks import (
    Masks,
    apply_masks,
    density,
    magnitude_masks,
    masks_of_zeros,
    sparse_weights,
    start_masks,
)
from lamplighter_recipes.techniques.sparsity.rigl_sparsity import steepness
from lamplighter_recipes.techniques.sparsity.set_sparsity import EvolvingMasks
from lamplighter_recipes.techniques.sparsity.sparse_training import counts_of
from torch import Tensor

from tests.simulators.recipe_rig import PRUNABLE, Detector, NanoDet
from tests.simulators.training_rig import QUICK, quick_bench, street_training

pytestmark = pytest.mark.torch
CONFIG = DynamicSparsity(density=0.3, every=2, until=0.9, fraction=0.5)
STEPS = replace(QUICK, max_steps=8)


class _Watch(TrainingHook):
    """Non-zero weights and Adam's memory of the masked ones, at each step."""

    def __init__(self, hook: DynamicMasks) -> None:
        self._hook = hook
        self.masks: list[Masks] = []
        self.counts: list[Mapping[str, int]] = []
        self.remembered = 0.0

    def after_step(self, moment: Moment) -> None:
        weights = sparse_weights(moment.network)
        self.masks.append(dict(self._hook.masks))
        self.counts.append({name: int((w != 0).sum()) for name, w in weights.items()})
        for name, weight in weights.items():
            state = moment.optimiser.state[weight]
            masked = state["exp_avg"][~self._hook.masks[name]].abs()
            self.remembered = max(self.remembered, float(masked.sum()))


def _masks(network: Detector) -> Masks:
    return magnitude_masks(network, counts_of(network, CONFIG.density, CONFIG.distribution))


@pytest.mark.parametrize("growth", ["set", "rigl"])
def test_the_density_of_each_layer_is_the_same_at_every_step(tiny: Detector, growth: str) -> None:
    masks = _masks(tiny)
    counts = {name: int(mask.sum()) for name, mask in masks.items()}
    hook = (
        EvolvingMasks(masks, CONFIG, seed=3)
        if growth == "set"
        else DynamicMasks(masks, CONFIG, steepness)
    )
    watch = _Watch(hook)
    Trainer(tiny, STEPS, street_training(), None, [hook, watch]).run()
    for at_step, live in zip(watch.masks, watch.counts, strict=True):
        assert {name: int(mask.sum()) for name, mask in at_step.items()} == counts
        assert all(live[name] <= counts[name] for name in counts)
    changes = [
        step
        for step, (old, new) in enumerate(zip(watch.masks, watch.masks[1:], strict=False), 1)
        if any(not torch.equal(old[name], new[name]) for name in old)
    ]
    assert changes == [2, 4, 6], "weights are exchanged when it is time, and only then"
    assert watch.remembered == 0.0, "what Adam knew of a dropped weight is forgotten"


def test_the_smallest_go_and_those_with_the_largest_gradient_come() -> None:
    weight = torch.tensor([0.9, -0.1, 0.5, 0.2, 0.0, 0.0, 0.0, 0.0])
    mask = torch.tensor([True, True, True, True, False, False, False, False])
    gradient = torch.tensor([9.0, 9.0, 9.0, 9.0, 0.1, -3.0, 0.2, 2.0])
    new = drop_and_grow(weight, mask, steepness(gradient), 0.5)
    assert new.tolist() == [True, False, True, False, False, True, False, True]


def test_only_as_many_go_as_there_is_room_for() -> None:
    weight, mask = torch.rand(10) + 0.1, torch.ones(10, dtype=torch.bool)
    mask[0] = False
    new = drop_and_grow(weight * mask, mask, torch.rand(10), 0.9)
    assert int(new.sum()) == 9
    assert int((mask & ~new).sum()) == 1


def test_what_is_zero_though_it_is_in_is_not_taken_for_one_that_is_out() -> None:
    mask = torch.tensor([True, True, False, False])
    new = drop_and_grow(torch.zeros(4), mask, torch.tensor([1.0, 1.0, 0.0, 0.0]), 0.5)
    assert int(new[:2].sum()) == 1
    assert int(new[2:].sum()) == 1


def test_fewer_are_exchanged_towards_the_end() -> None:
    assert cosine_fraction(0.3, 0.0) == pytest.approx(0.3)
    assert cosine_fraction(0.3, 0.5) == pytest.approx(0.15)
    assert cosine_fraction(0.3, 1.0) == pytest.approx(0.0)


def test_rigl_grows_where_the_gradient_of_the_batch_is_largest(tiny: Detector) -> None:
    masks = _masks(tiny)
    hook = DynamicMasks(masks, CONFIG, steepness)
    name = "net.stages.0.enter.0.weight"
    before = masks[name].clone()
    weight = sparse_weights(tiny)[name]
    weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    gradient = weight.grad.abs().clone()
    optimiser = torch.optim.AdamW(tiny.parameters())
    hook.before_update(Moment(tiny, optimiser, step=2, share=0.1))
    came, stayed_out = hook.masks[name] & ~before, ~hook.masks[name] & ~before
    assert int(came.sum()) > 0
    assert gradient[came].min() > gradient[stayed_out].max()
    assert not weight[came].any(), "what comes begins at zero"
    assert weight.grad[came].any(), "and learns at once"


def test_set_goes_on_with_its_random_numbers(tiny: Detector, tmp_path: Path) -> None:
    settings = replace(STEPS, checkpoint=tmp_path / "run.pt")
    hook = EvolvingMasks(_masks(tiny), CONFIG, seed=3)
    first = Trainer(tiny, replace(settings, max_steps=4), street_training(), None, [hook])
    first.run()
    resumed = EvolvingMasks({}, CONFIG, seed=99)
    Trainer(Detector(NanoDet(PRUNABLE)), settings, street_training(), None, [resumed])
    gradient = torch.zeros(50)
    scores: list[Tensor] = [h.chances(gradient) for h in (hook, resumed)]
    assert torch.equal(*scores)
    assert all(torch.equal(resumed.masks[name], hook.masks[name]) for name in hook.masks)


@pytest.mark.parametrize("technique", ["set_sparsity", "rigl_sparsity"])
def test_techniques_give_a_network_of_the_density(
    tiny: Detector, tmp_path: Path, technique: str
) -> None:
    entry = find_technique(technique)
    bench = quick_bench(tmp_path, STEPS)
    start = start_masks(tiny, counts_of(tiny, 0.4, "erk"), "magnitude", 0)
    sparse = entry.prepare(tiny, entry.config(density=0.4, every=2), bench)
    masks = masks_of_zeros(sparse)
    assert density(masks) <= 0.4 + 1e-4
    assert any(bool((masks[name] & ~start[name]).any()) for name in masks), "others have come"


def test_a_sparse_parent_stays_sparse_where_it_is_asked_for(tiny: Detector, tmp_path: Path) -> None:
    finetune, keep = find_technique("finetune"), find_technique("keep_sparsity")
    apply_masks(tiny, _masks(tiny))
    zeros = masks_of_zeros(tiny)
    bench = quick_bench(tmp_path)
    kept = finetune.prepare(keep.prepare(tiny, keep.config(), bench), finetune.config(), bench)
    again = masks_of_zeros(kept)
    assert again.keys() == zeros.keys()
    assert all(torch.equal(again[name], zeros[name]) for name in zeros)
    filled = finetune.prepare(kept, finetune.config(), quick_bench(tmp_path))
    assert not masks_of_zeros(filled), "without it training fills them"
