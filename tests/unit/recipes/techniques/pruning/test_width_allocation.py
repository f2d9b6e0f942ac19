"""How many channels each group keeps."""

import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.layer_rates import LayerRates
from lamplighter_recipes.techniques.pruning.cost_model import CostModel, Layer
from lamplighter_recipes.techniques.pruning.width_allocation import (
    latency_aware_widths,
    saliency_kept,
    uniform_widths,
)

CHANNELS = {0: 64, 1: 64, 2: 64}
# Alike in channels, not in cost: the first works on a fine map, the last on a coarse one.
LAYERS = (
    Layer("fine", 9, 9600, 9600, inputs=3, output_groups={0: 1}),
    Layer("middle", 9, 2400, 2400, input_groups={0: 1}, output_groups={1: 1}),
    Layer("coarse", 9, 150, 150, input_groups={1: 1}, output_groups={2: 1}),
    Layer("out", 1, 150, 150, outputs=51, input_groups={2: 1}),
)
COST = CostModel(LAYERS, LayerRates(0.08, 0.2, 0.3))
FULL_MS = COST.latency_ms(CHANNELS)


def _saliency(seed: int = 0) -> dict[int, list[float]]:
    rng = np.random.default_rng(seed)
    return {group: list(rng.gamma(1.0, 1.0, n)) for group, n in CHANNELS.items()}


@pytest.mark.parametrize("share", [0.25, 0.4, 0.6])
@pytest.mark.parametrize("seed", range(3))
def test_at_equal_time_more_saliency_is_kept_than_by_even_widths(share: float, seed: int) -> None:
    saliency, target_ms = _saliency(seed), share * FULL_MS
    even = uniform_widths(COST, CHANNELS, target_ms, 8)
    aware = latency_aware_widths(COST, saliency, target_ms, 8)
    assert COST.latency_ms(aware) <= target_ms
    assert saliency_kept(saliency, aware) > 1.03 * saliency_kept(saliency, even)


def test_at_equal_saliency_it_takes_less_time_than_even_widths() -> None:
    saliency = _saliency()
    even = uniform_widths(COST, CHANNELS, 0.5 * FULL_MS, 8)
    worth = saliency_kept(saliency, even)
    faster = [
        COST.latency_ms(widths)
        for share in np.arange(0.2, 0.5, 0.02)
        if saliency_kept(
            saliency, widths := latency_aware_widths(COST, saliency, share * FULL_MS, 8)
        )
        >= worth
    ]
    assert min(faster) < 0.85 * COST.latency_ms(even)


def test_another_device_gets_other_widths() -> None:
    layers = (
        Layer("spatial", 9, 2400, 2400, True, input_groups={0: 1}, output_groups={0: 1}),
        Layer("dense", 1, 2400, 2400, inputs=16, output_groups={1: 1}),
        Layer("out", 1, 2400, 2400, outputs=8, input_groups={0: 1, 1: 1}),
    )
    saliency = {0: [1.0] * 64, 1: [1.0] * 64}
    widths = {}
    for kind, rates in {"slow at depthwise": (0.1, 2.0), "slow at dense": (0.1, 0.01)}.items():
        cost = CostModel(layers, LayerRates(*rates))
        target_ms = 0.6 * cost.latency_ms({0: 64, 1: 64})
        widths[kind] = latency_aware_widths(cost, saliency, target_ms, 8)
    assert widths["slow at depthwise"][0] < widths["slow at depthwise"][1]
    assert widths["slow at dense"][0] > widths["slow at dense"][1]


@pytest.mark.parametrize("round_to", [8, 16])
def test_widths_are_multiples_and_none_is_nothing(round_to: int) -> None:
    saliency = _saliency()
    for target in (0.2, 0.3, 0.7):
        for widths in (
            latency_aware_widths(COST, saliency, target * FULL_MS, round_to),
            uniform_widths(COST, CHANNELS, target * FULL_MS, round_to),
        ):
            assert all(width % round_to == 0 and width > 0 for width in widths.values())


def test_what_no_width_reaches_is_refused() -> None:
    with pytest.raises(RecipeError, match="narrowest"):
        latency_aware_widths(COST, _saliency(), 0.001 * FULL_MS, 8)
    with pytest.raises(RecipeError, match="narrowest"):
        uniform_widths(COST, CHANNELS, 0.001 * FULL_MS, 8)
