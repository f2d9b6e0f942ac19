"""Whole blocks go, the least useful first."""

import copy
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import MobileNetV3Detector
from lamplighter_recipes.tasks.detection.weights import load_parent, save_parent
from lamplighter_recipes.techniques.pruning.prune_blocks import (
    PruneBlocksConfig,
    block_damage,
    prune_blocks,
)
from lamplighter_recipes.techniques.pruning.removable_blocks import (
    left_out,
    removable_blocks,
    remove,
)

from tests.simulators.recipe_rig import PRUNABLE, Detector, NanoDet, StageWidths, random_images
from tests.simulators.training_rig import quick_bench

pytestmark = pytest.mark.torch
# The last stage's first block takes 24 channels and gives 16: nothing can stand in for it.
DEEP = replace(
    PRUNABLE,
    stem=8,
    stages=(
        StageWidths(16, ((8, 8),), 16),
        StageWidths(16, ((8, 8), (8, 8)), 16),
        StageWidths(16, ((8, 8),), 16),
        StageWidths(24, ((8, 8), (8, 8)), 16),
    ),
    neck=16,
    heads=(16, 16, 16),
)
PICTURE = torch.zeros(1, 3, 96, 96)


@pytest.fixture
def deep() -> Detector:
    torch.manual_seed(0)
    return Detector(NanoDet(DEEP)).eval()


def test_only_blocks_that_give_what_they_take_can_go(deep: Detector) -> None:
    assert removable_blocks(deep.net, PICTURE) == [
        "stages.0.blocks.0",
        "stages.1.blocks.0",
        "stages.1.blocks.1",
        "stages.2.blocks.0",
        "stages.3.blocks.1",
    ]


def test_left_out_for_a_while_or_for_good_is_the_same(deep: Detector) -> None:
    images = random_images(1, 96, 96)
    with torch.no_grad():
        before = deep(images)[0]
        with left_out(deep.net, "stages.1.blocks.0"):
            without = deep(images)[0]
        again = deep(images)[0]
        remove(deep.net, "stages.1.blocks.0")
        for_good = deep(images)[0]
    assert torch.equal(before, again)
    assert not torch.equal(before, without)
    assert torch.equal(without, for_good)


def test_the_blocks_that_are_missed_least_go(deep: Detector, tmp_path: Path) -> None:
    bench = quick_bench(tmp_path)
    batches = list(islice(bench.training.batches(bench.train, bench.train.seed), 2))
    damage = block_damage(deep, batches, bench)
    assert len(damage) == 5
    least = min(damage, key=lambda name: damage[name])
    pruned = prune_blocks(deep, PruneBlocksConfig(blocks=1, batches=2), bench)
    remove(deep.net, least)
    assert pruned.architecture == deep.architecture
    save_parent(pruned, "shallow", tmp_path)
    images = random_images(1, 96, 96)
    with torch.no_grad():
        assert torch.allclose(
            load_parent("shallow", tmp_path)(images)[0], deep(images)[0], atol=1e-2
        )


def test_a_network_that_takes_maps_from_its_blocks_bears_the_loss_of_each() -> None:
    """The block before one that gave a map gives it in its place."""
    images = random_images(1, 64, 64)
    whole = Detector(MobileNetV3Detector()).eval()
    names = removable_blocks(whole.net, torch.zeros(1, 3, 64, 64))
    assert len(names) == 6
    for name in names:
        shallower = copy.deepcopy(whole)
        with torch.no_grad():
            with left_out(whole.net, name):
                without = whole(images)[0]
            remove(shallower.net, name)
            assert torch.equal(shallower(images)[0], without)


def test_more_than_there_are_is_refused(deep: Detector, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="5 blocks to spare"):
        prune_blocks(deep, PruneBlocksConfig(blocks=6, batches=1), quick_bench(tmp_path))
