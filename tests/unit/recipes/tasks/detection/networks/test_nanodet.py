"""The network's shapes."""

import numpy as np
import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import NanoDetArchitecture
from lamplighter_recipes.tasks.detection.training.loss import flatten
from lamplighter_wire.tasks.detection import anchor_centres

from tests.simulators.recipe_rig import PRUNABLE, random_images

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(("width", "height"), [(256, 192), (128, 96), (64, 160)])
def test_outputs_have_one_row_per_anchor(tiny: Detector, width: int, height: int) -> None:
    with torch.no_grad():
        scores, distances = tiny(random_images(2, width, height))
    anchors = len(anchor_centres(width, height))
    assert scores.shape == (2, anchors, 7)
    assert distances.shape == (2, anchors, 4)
    assert 0 <= float(scores.min()) <= float(scores.max()) <= 1
    assert float(distances.min()) >= 0


def test_rows_follow_the_order_of_the_decoder(tiny: Detector) -> None:
    flat = flatten(tiny.raw(random_images(1, 128, 96)))
    np.testing.assert_allclose(flat.centres.numpy(), anchor_centres(128, 96))


def test_architecture_survives_json_and_modules(tiny: Detector) -> None:
    assert tiny.architecture == PRUNABLE
    assert NanoDetArchitecture.from_json(PRUNABLE.to_json()) == PRUNABLE


def test_a_bad_architecture_is_refused() -> None:
    with pytest.raises(RecipeError, match="architecture"):
        NanoDetArchitecture.from_json({"stem": 32})
