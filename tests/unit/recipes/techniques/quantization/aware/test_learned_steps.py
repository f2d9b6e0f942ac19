"""Steps begin where they lose least, are moved by their gradient, and stay exact in 16 bits."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchao")

from lamplighter_recipes.techniques.quantization.aware.learned_steps import (  # noqa: E402
    ActivationStep,
    WeightStep,
    eight_bit_mantissa,
)

pytestmark = pytest.mark.torch


def heavy_tailed(*shape: int) -> "torch.Tensor":
    torch.manual_seed(0)
    return torch.randn(*shape) ** 3 / 10


def test_the_first_steps_lose_less_than_those_of_the_extremes() -> None:
    weight, rounding = torch.randn(8, 16, 3, 3), WeightStep(quant_max=3)
    rounding.start(weight)
    whole = weight.flatten(1).abs().amax(1).view(-1, 1, 1, 1) / 3
    extremes = (weight / whole).round() * whole
    with torch.no_grad():
        ours, theirs = ((w - weight).square().mean() for w in (rounding(weight), extremes))
    assert ours < 0.8 * theirs


def test_training_moves_steps_and_weights() -> None:
    goal, rounding = torch.randn(8, 16, 3, 3), WeightStep(quant_max=3)
    weight = goal.clone().requires_grad_()
    rounding.start(weight)
    rounding.log_step.data += 0.7
    before = (rounding(weight) - goal).square().mean().item()
    optimiser = torch.optim.Adam([rounding.log_step], lr=0.02)
    for _ in range(40):
        optimiser.zero_grad()
        (rounding(weight) - goal).square().mean().backward()
        optimiser.step()
    assert (rounding(weight) - goal).square().mean() < 0.7 * before
    assert weight.grad is not None and weight.grad.abs().sum() > 0


def test_snapped_weights_survive_half_precision() -> None:
    weight, rounding = heavy_tailed(8, 16, 3, 3), WeightStep(quant_max=7)
    rounding.start(weight)
    snapped = rounding.snapped(weight)
    assert torch.equal(snapped.half().float(), snapped)
    assert all(len(channel.unique()) <= 15 for channel in snapped)
    assert (snapped - rounding(weight)).abs().max() < 0.01 * weight.abs().max()


def test_the_mantissa_of_eight_bits_is_near() -> None:
    values = torch.rand(100) + 1e-3
    assert ((eight_bit_mantissa(values) - values).abs() / values).max() < 2**-8


def test_activations_are_observed_first_and_keep_zero() -> None:
    rounding = ActivationStep()
    values = torch.randn(4, 8, 6, 6)
    assert torch.equal(rounding(values), values)
    rounding.start()
    rounded = rounding(torch.cat([values, torch.zeros(1, 8, 6, 6)]))
    assert len(rounded.unique()) <= 256
    assert rounded[-1].abs().max() == 0
    low, high = rounding.range
    assert low < 0 < high
    assert rounded.min() >= low - 1e-5
    assert rounded.max() <= high + 1e-5
    assert (rounded[:-1] - values).abs().mean() < 0.02


def test_a_wider_range_is_learned_where_values_were_cut_off() -> None:
    rounding = ActivationStep()
    rounding(torch.rand(4, 2, 8, 8))
    rounding.start()
    optimiser = torch.optim.Adam([rounding.log_step], lr=0.02)
    values = 2 * torch.rand(4, 2, 8, 8)
    before = rounding.range[1]
    for _ in range(20):
        optimiser.zero_grad()
        (rounding(values) - values).square().mean().backward()
        optimiser.step()
    assert rounding.range[1] > 1.2 * before
