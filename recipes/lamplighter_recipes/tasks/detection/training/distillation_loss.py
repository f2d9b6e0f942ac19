"""Loss of a student network against a teacher's raw answers.

Classification follows the quality focal form (Li et al., 2020) with the teacher's scores as
targets; boxes follow localisation distillation (Zheng et al., CVPR 2022) on the distributions of
distances.
"""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from lamplighter_recipes.tasks.detection.training.loss import flatten


@dataclass(frozen=True)
class SoftConfig:
    """Weights of the two terms, and the temperature of the distance distributions."""

    score_weight: float = 1.0
    box_weight: float = 0.5
    temperature: float = 2.0


def soft_loss(student: list[Tensor], teacher: list[Tensor], config: SoftConfig) -> Tensor:
    """Raw maps of both networks on the same pictures -> scalar.

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
