"""Distillation: a small network learns from a large one's soft answers beside the labels.

Costs training time only; belongs to the prepare stage. Classification follows the quality focal
form (Li et al., 2020) with the teacher's scores as targets; boxes follow localisation
distillation (Zheng et al., CVPR 2022) on the distance distributions.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lamplighter_recipes.traffic.loss import flatten


@dataclass(frozen=True)
class DistillConfig:
    """Weights of the two soft terms, and the temperature of the box distributions."""

    score_weight: float = 1.0
    box_weight: float = 0.5
    temperature: float = 2.0


def distill(student: list[Tensor], teacher: list[Tensor], config: DistillConfig) -> Tensor:
    """Loss of a batch: raw maps of both networks on the same pictures -> scalar.

    Both terms are weighted by the teacher's confidence and normalised by its sum, so that empty
    cells, of which there are a hundred times more, do not drown the objects.
    """
    ours, theirs = flatten(student), flatten(teacher)
    soft = theirs.logits.sigmoid().detach()
    confidence = soft.amax(-1)
    total = confidence.square().sum().clamp(min=1.0)
    error = (ours.logits.sigmoid() - soft).abs().square()
    entropy = functional.binary_cross_entropy_with_logits(ours.logits, soft, reduction="none")
    scores = (error * entropy).sum() / total
    warm = config.temperature
    divergence = functional.kl_div(
        (ours.sides / warm).log_softmax(-1),
        (theirs.sides / warm).log_softmax(-1).detach(),
        reduction="none",
        log_target=True,
    ).sum((-1, -2))
    boxes = (divergence * confidence.square()).sum() / total * warm**2
    return config.score_weight * scores + config.box_weight * boxes


def no_grad_levels(teacher: torch.nn.Module, images: Tensor) -> list[Tensor]:
    """The teacher's raw maps without a graph."""
    with torch.no_grad():
        levels: list[Tensor] = teacher.raw(images)  # type: ignore[operator]
    return levels
