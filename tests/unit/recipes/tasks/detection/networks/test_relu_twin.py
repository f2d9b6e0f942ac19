"""Twins with ReLUs alone."""

import pytest
import torch
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import Block, SqueezeExcite
from lamplighter_recipes.tasks.detection.networks.relu_twin import mean_gates, relu_twin
from torch import nn

from tests.simulators.recipe_rig import random_images
from tests.simulators.tiny_detectors import tiny_of

pytestmark = pytest.mark.torch
FLOAT_IN_8_BITS = (nn.LeakyReLU, nn.Hardswish, nn.Hardsigmoid, SqueezeExcite)


@pytest.mark.parametrize("kind", ["nanodet", "mobilenetv3"])
def test_a_twin_has_no_operator_that_a_runtime_may_lack(kind: str) -> None:
    detector = tiny_of(kind)
    twin = relu_twin(detector, [random_images(2, 96, 64)])
    assert any(isinstance(module, FLOAT_IN_8_BITS) for module in detector.modules())
    assert not any(isinstance(module, FLOAT_IN_8_BITS) for module in twin.modules())
    assert twin.architecture == detector.architecture.with_relu()
    with torch.no_grad():
        before, after = detector(random_images(1, 96, 64)), twin(random_images(1, 96, 64))
    assert [a.shape for a in after] == [b.shape for b in before]


def test_a_twins_convolutions_are_the_networks_own() -> None:
    detector = tiny_of("nanodet")
    twin = relu_twin(detector, [])
    pairs = zip(detector.parameters(), twin.parameters(), strict=True)
    assert all(old.equal(new) for old, new in pairs)


def test_a_zero_padded_pool_of_relus_is_the_same_pool() -> None:
    x = torch.relu(torch.randn(1, 4, 12, 16))
    twin = relu_twin(tiny_of("nanodet"), [])
    assert twin.net.pool(x).equal(nn.MaxPool2d(3, 2, 1)(x))  # type: ignore[operator]


def test_a_gate_becomes_its_mean() -> None:
    """A gate that is the same for every picture is replaced exactly."""
    detector = tiny_of("mobilenetv3")
    for module in detector.modules():
        if isinstance(module, SqueezeExcite):
            nn.init.zeros_(module.gate[3].weight)  # type: ignore[arg-type]
            nn.init.uniform_(module.gate[3].bias, -2, 2)  # type: ignore[arg-type]
    images = random_images(2, 96, 64)
    gates = mean_gates(detector, [images])
    twin = relu_twin(detector, [images])
    place = "blocks.2"
    before, after = (net.get_submodule(place) for net in (detector.net, twin.net))
    assert isinstance(before, Block)
    assert isinstance(after, Block)
    x = torch.randn(1, 32, 8, 8)
    gated = before.project(before.squeeze(x))
    torch.testing.assert_close(after.project(x), gated, atol=1e-5, rtol=1e-4)
    assert 0 < float(gates[place].min()) < float(gates[place].max()) < 1
    assert set(gates) == {"blocks.0", "blocks.2", "blocks.3", "blocks.4"}
