"""The ReLU twin as a step of a recipe."""

from pathlib import Path

import pytest
import torch
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import MobileNetV3Detector
from lamplighter_recipes.techniques.training.relu_twin import ReluTwinConfig, relu_twin
from torch import nn

from tests.simulators.recipe_rig import Detector, random_images
from tests.simulators.training_rig import quick_bench

pytestmark = pytest.mark.torch


def test_a_network_that_is_still_in_training_has_a_twin(tmp_path: Path) -> None:
    """Its norms are folded first, in a copy."""
    detector = Detector(MobileNetV3Detector()).eval()
    config = ReluTwinConfig(pictures=8, positions=10)
    twin = relu_twin(detector, config, quick_bench(tmp_path))
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in twin.modules())
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in detector.modules())
    with torch.no_grad():
        assert twin(random_images(1, 64, 64))[0].isfinite().all()
