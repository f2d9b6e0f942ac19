"""What a student's distance from its teacher costs."""

import pytest
import torch
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.training.distillation_loss import SoftConfig, soft_loss

from tests.simulators.recipe_rig import random_images

pytestmark = pytest.mark.torch


def test_a_student_like_its_teacher_costs_nothing_in_boxes(tiny: Detector) -> None:
    levels = tiny.raw(random_images(1, 64, 64))
    same = soft_loss(levels, levels, SoftConfig()).detach()
    other = [level + torch.randn_like(level) for level in levels]
    assert float(same) == pytest.approx(0.0, abs=1e-5)
    assert float(soft_loss(other, levels, SoftConfig()).detach()) > 0.001
