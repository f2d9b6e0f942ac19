"""Convolutions fitted to what another network gives."""

import copy

import pytest
import torch
from lamplighter_recipes.preparing.reconstruction import FitConfig, fit_convolutions
from lamplighter_recipes.tasks.detection.networks.relu_twin import relu_twin
from torch import nn

from tests.simulators.recipe_rig import random_images
from tests.simulators.tiny_detectors import tiny_of

pytestmark = pytest.mark.torch
IMAGES = random_images(8, 96, 64)


class Pictures(nn.Module):
    """Layers that take pictures as detectors do."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        given: torch.Tensor = self.layers(images.permute(0, 3, 1, 2).float() / 255)
        return given


def _layers(activation: nn.Module) -> Pictures:
    torch.manual_seed(0)
    return Pictures(
        nn.Conv2d(3, 8, 3, 2, 1),
        activation,
        nn.Conv2d(8, 8, 3, 1, 1, groups=8),
        activation,
        nn.Conv2d(8, 4, 1),
    )


@torch.no_grad()
def _error(network: nn.Module, reference: nn.Module, images: torch.Tensor = IMAGES) -> float:
    expected = reference(images)
    return float((network(images) - expected).square().mean() / expected.var())


def test_what_differs_by_weights_alone_is_recovered() -> None:
    reference = _layers(nn.ReLU())
    damaged = copy.deepcopy(reference)
    for layer in damaged.layers[2:]:
        if isinstance(layer, nn.Conv2d):
            layer.weight.data *= 0.7
            layer.bias.data += 0.1  # type: ignore[union-attr]
    assert _error(damaged, reference) > 0.01
    fit_convolutions(damaged, reference, IMAGES, FitConfig(hold=1e-9))
    assert _error(damaged, reference) < 1e-6


def test_another_activation_is_made_up_for_on_pictures_that_were_not_seen() -> None:
    reference, twin = _layers(nn.LeakyReLU(0.3)), _layers(nn.ReLU())
    others = torch.randint(0, 256, IMAGES.shape, dtype=torch.uint8)
    before = _error(twin, reference, others)
    fit_convolutions(twin, reference, IMAGES, FitConfig(hold=1e-4))
    assert _error(twin, reference, others) < 0.5 * before


def test_a_strong_hold_keeps_the_weights() -> None:
    reference, twin = _layers(nn.LeakyReLU(0.3)), _layers(nn.ReLU())
    weights = copy.deepcopy(twin.state_dict())
    fit_convolutions(twin, reference, IMAGES, FitConfig(hold=1e9))
    for name, value in twin.state_dict().items():
        torch.testing.assert_close(value, weights[name], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["nanodet", "mobilenetv3"])
def test_a_fitted_twin_answers_more_like_its_network(kind: str) -> None:
    detector = tiny_of(kind)
    if kind == "mobilenetv3":
        from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import fold_norms

        fold_norms(detector.net)
    twin = relu_twin(detector, [IMAGES])

    @torch.no_grad()
    def error() -> float:
        pairs = zip(twin.raw(IMAGES), detector.raw(IMAGES), strict=True)
        return sum(float((a - b).square().mean() / b.var()) for a, b in pairs)

    before = error()
    fit_convolutions(twin, detector, IMAGES, FitConfig(hold=1e-4))
    assert error() < 0.6 * before
