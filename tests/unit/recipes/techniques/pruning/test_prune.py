"""Narrower networks."""

from pathlib import Path

import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import FULL, NanoDet
from lamplighter_recipes.tasks.detection.weights import load_parent, save_parent
from lamplighter_recipes.techniques.pruning.prune import PruneConfig, prune_channels

from tests.simulators.recipe_rig import random_images

pytestmark = pytest.mark.torch


def test_pruning_halves_the_widths_and_keeps_the_contract(tmp_path: Path) -> None:
    full = Detector(NanoDet(FULL)).eval()
    pruned = prune_channels(full, PruneConfig(ratio=0.5))
    widths = pruned.architecture
    assert widths.stages[-1].enter == FULL.stages[-1].enter // 2
    assert widths.classes == 7
    assert full.architecture == FULL, "the original stays as it was"
    save_parent(pruned, "half", tmp_path)
    with torch.no_grad():
        scores, distances = load_parent("half", tmp_path)(random_images(1, 96, 64))
    assert scores.shape[-1] == 7
    assert distances.shape[-1] == 4


@pytest.mark.parametrize("ratio", [-0.1, 1.0])
def test_senseless_pruning_is_refused(tiny: Detector, ratio: float) -> None:
    with pytest.raises(RecipeError, match="ratio"):
        prune_channels(tiny, PruneConfig(ratio=ratio))
