"""The network's shapes, and its norms."""

import copy

import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import (
    SMALL,
    MobileNetV3Architecture,
    MobileNetV3Detector,
    fold_norms,
)
from lamplighter_wire.tasks.detection import anchor_centres
from torch import nn

from tests.simulators.recipe_rig import random_images
from tests.simulators.tiny_detectors import TINY_MOBILENET, tiny_of

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(("width", "height"), [(128, 96), (64, 160)])
def test_outputs_have_one_row_per_anchor(width: int, height: int) -> None:
    with torch.no_grad():
        scores, distances = tiny_of("mobilenetv3")(random_images(2, width, height))
    anchors = len(anchor_centres(width, height))
    assert (scores.shape, distances.shape) == ((2, anchors, 7), (2, anchors, 4))


def test_the_small_network_is_the_papers() -> None:
    net = MobileNetV3Detector()
    assert net.architecture == SMALL
    backbone = sum(p.numel() for part in (net.stem, net.blocks) for p in part.parameters())
    # Table 2 of the paper: 2.5 million, 1.6 of them in the classifier behind these blocks.
    assert backbone == pytest.approx(0.87e6, rel=0.03)


def test_widths_survive_json_and_modules() -> None:
    assert tiny_of("mobilenetv3").architecture == TINY_MOBILENET
    assert MobileNetV3Architecture.from_json(SMALL.to_json()) == SMALL


@pytest.mark.parametrize("wrong", [{"stem": "wide"}, {"activation": "gelu"}, {"blocks": [{}]}])
def test_bad_widths_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="MobileNetV3 architecture"):
        MobileNetV3Architecture.from_json({**TINY_MOBILENET.to_json(), **wrong})


def test_folded_norms_change_no_answer() -> None:
    detector = tiny_of("mobilenetv3")
    folded = copy.deepcopy(detector)
    fold_norms(folded.net)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert not folded.architecture.norms  # type: ignore[attr-defined]
    images = random_images(1, 96, 64)
    with torch.no_grad():
        torch.testing.assert_close(folded(images), detector(images), atol=1e-4, rtol=1e-4)
