"""Channels go where they cost most for what they are worth."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.layer_rates import SERVER_CORE
from lamplighter_recipes.tasks.detection.weights import load_parent, save_parent
from lamplighter_recipes.techniques.pruning.channel_groups import channel_groups, output_layers
from lamplighter_recipes.techniques.pruning.cost_model import CostModel
from lamplighter_recipes.techniques.pruning.fisher_saliency import channel_saliency
from lamplighter_recipes.techniques.pruning.prune_latency import (
    PruneLatencyConfig,
    most_salient,
    prune_latency,
)

from tests.simulators.recipe_rig import PRUNABLE, Detector, NanoDet, StageWidths, random_images
from tests.simulators.training_rig import quick_bench

pytestmark = pytest.mark.torch
SIZE = (384, 288)
WIDE = replace(
    PRUNABLE,
    stem=16,
    stages=tuple(StageWidths(32, ((16, 16),), 32) for _ in range(4)),
    neck=32,
    heads=(32, 32, 32),
)
CONFIG = PruneLatencyConfig(latency=0.5, batches=2)


@pytest.fixture
def wide() -> Detector:
    torch.manual_seed(0)
    return Detector(NanoDet(WIDE)).eval()


def _latency_ms(detector: Detector, rates=SERVER_CORE) -> float:
    groups = channel_groups(detector.net, output_layers(detector.net), SIZE)
    return CostModel(groups.layers, rates).latency_ms(groups.channels)


@pytest.mark.parametrize("allocation", ["latency", "uniform"])
def test_the_share_of_the_time_is_reached_and_the_contract_kept(
    wide: Detector, tmp_path: Path, allocation: str
) -> None:
    pruned = prune_latency(wide, replace(CONFIG, allocation=allocation), quick_bench(tmp_path))
    assert 0.35 < _latency_ms(pruned) / _latency_ms(wide) <= 0.5
    assert wide.architecture == WIDE, "the original stays as it was"
    save_parent(pruned, "fast", tmp_path)
    with torch.no_grad():
        scores, _ = load_parent("fast", tmp_path)(random_images(1, 96, 64))
    assert scores.shape[-1] == 7


def test_the_device_whose_rates_are_handed_in_decides(wide: Detector, tmp_path: Path) -> None:
    slow_memory = replace(SERVER_CORE, ms_per_mb=50 * SERVER_CORE.ms_per_mb)
    bench = quick_bench(tmp_path)
    on_server = prune_latency(wide, CONFIG, bench)
    on_slow = prune_latency(wide, CONFIG, replace(bench, rates=slow_memory))
    assert on_slow.architecture != on_server.architecture
    assert _latency_ms(on_slow, slow_memory) <= 0.5 * _latency_ms(wide, slow_memory)


def test_a_filter_that_does_nothing_has_no_saliency(tiny: Detector, tmp_path: Path) -> None:
    layer = tiny.net.get_submodule("heads.0.0.0")
    with torch.no_grad():
        layer.weight[3] = 0.0
        layer.bias[3] = 0.0
    saliency = channel_saliency(tiny, {0: [layer]}, quick_bench(tmp_path), 2)[0]
    assert saliency[3] == 0.0
    assert sum(value > 0 for value in saliency) > len(saliency) // 2
    assert 3 not in most_salient({0: saliency}, {0: len(saliency) - 1})[0]


@pytest.mark.parametrize("share", [0.0, 1.2, 0.001])
def test_senseless_shares_are_refused(tiny: Detector, tmp_path: Path, share: float) -> None:
    with pytest.raises(RecipeError, match="latency"):
        prune_latency(tiny, replace(CONFIG, latency=share), quick_bench(tmp_path))
