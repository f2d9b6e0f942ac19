"""How a detector's training computes."""

from dataclasses import replace

import pytest
import torch
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from torch import Tensor, nn

from tests.simulators.recipe_rig import random_images
from tests.simulators.tiny_detectors import tiny_of
from tests.simulators.training_rig import QUICK, street_training

pytestmark = pytest.mark.torch


def _computed_in(student: Detector, teacher: Detector, config: TrainConfig) -> list[torch.dtype]:
    """Of the last convolution of each, in one step."""
    seen: list[torch.dtype] = []

    def note(_layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen.append(output.dtype)

    handles = [
        [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)][
            -1
        ].register_forward_hook(note)
        for network in (student, teacher)
    ]
    labels = [torch.tensor([[8.0, 8.0, 40.0, 40.0, 0.0]])] * 2
    total, _ = street_training().loss(student, random_images(2, 64, 64), labels, teacher, config)
    total.backward()
    for handle in handles:
        handle.remove()
    return seen


@pytest.mark.parametrize(
    ("kind", "expected"), [("nanodet", torch.bfloat16), ("mobilenetv3", torch.float32)]
)
def test_depthwise_gradients_are_computed_in_floats_of_32_bits(
    kind: str, expected: torch.dtype
) -> None:
    config = replace(QUICK, bfloat16=True)
    student, teacher = tiny_of(kind).train(), tiny_of("nanodet")
    assert _computed_in(student, teacher, config) == [expected, torch.bfloat16]
    plain = replace(config, bfloat16=False)
    assert _computed_in(student, teacher, plain) == [torch.float32, torch.float32]
