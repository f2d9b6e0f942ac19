"""Cells for objects, and what they cost."""

import pytest
import torch
from lamplighter_recipes.tasks.detection.average_precision import IGNORE
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.training.loss import assign, detection_loss, flatten

from tests.simulators.recipe_rig import random_images

pytestmark = pytest.mark.torch


def test_every_object_gets_cells_near_its_centre(tiny: Detector) -> None:
    flat = flatten(tiny.raw(random_images(1, 128, 96)))
    truth = torch.tensor([[10.0, 10, 14, 15, 6], [20, 20, 90, 80, 0]])
    cells, which = assign(flat, flat.boxes()[0], flat.logits[0], truth)
    assert set(which.tolist()) == {0, 1}
    assert len(set(cells.tolist())) == len(cells), "no cell stands for two objects"
    centre = (truth[which, :2] + truth[which, 2:4]) / 2
    steps = (flat.centres[cells] - centre).abs().amax(1) / flat.strides[cells]
    assert float(steps.max()) < 1.6


def test_ignored_objects_cost_nothing(tiny: Detector) -> None:
    levels = tiny.raw(random_images(1, 64, 64))
    nothing = torch.zeros(0, 5)
    everywhere = torch.tensor([[0.0, 0, 64, 64, IGNORE]])
    assert float(detection_loss(levels, [nothing]).total.detach()) > 0
    assert float(detection_loss(levels, [everywhere]).total.detach()) == 0
