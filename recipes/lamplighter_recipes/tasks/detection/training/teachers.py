"""Several teachers as one: their soft answers, weighted by regime or by confidence.

Learning from multiple teachers: You et al., KDD 2017; weights by how sure a teacher is of its
answer to each cell follow Zhang et al., Confidence-Aware Multi-Teacher Distillation, ICASSP 2022,
without its labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from lamplighter_wire.tasks.detection import CLASSES
from torch import Tensor, nn

from lamplighter_recipes.tasks.detection.networks.detector import DISTANCE_BINS

SHARPNESS = 2.0  # of weights by confidence: they go with this power of it
LEAST = 1e-4  # of a probability, before it becomes a logit again
# A picture is of the night whose tenth percentile of brightness lies below this.
NIGHT_BRIGHTNESS = 0.12
DARK_SHARE = 0.1
DAY, NIGHT, ANY_LIGHT = "day", "night", ""


class Weighting(StrEnum):
    """What decides whose answer counts: all alike, the surest of each cell, or the light."""

    EQUAL = "equal"
    CONFIDENCE = "confidence"
    REGIME = "regime"


@dataclass(frozen=True)
class Expert:
    """A teacher, and the light that it is for: day, night, or any (empty)."""

    network: nn.Module
    light: str = ANY_LIGHT


class TeacherBoard(nn.Module):
    """Teachers with raw maps of one layout; its own maps are what they answer together."""

    def __init__(self, experts: Sequence[Expert], weighting: Weighting) -> None:
        super().__init__()
        self.networks = nn.ModuleList(expert.network for expert in experts)
        self.lights = [expert.light for expert in experts]
        self.weighting = weighting

    def raw(self, images: Tensor) -> list[Tensor]:
        """uint8 [N,H,W,3] -> per-level maps [N,classes+44,H/s,W/s], as of one network."""
        answers = [network.raw(images) for network in self.networks]  # type: ignore[operator]
        priors = self._priors(images)
        return [
            mixed(torch.stack([level.float() for level in levels]), priors, self._power)
            for levels in zip(*answers, strict=True)
        ]

    @property
    def _power(self) -> float:
        return SHARPNESS if self.weighting is Weighting.CONFIDENCE else 0.0

    def _priors(self, images: Tensor) -> Tensor:
        """[T,N]: what each teacher counts for in each picture; each column has the sum 1."""
        count = len(self.lights)
        weights = torch.ones(count, len(images), device=images.device)
        if self.weighting is Weighting.REGIME:
            dark = is_night(images)
            for number, light in enumerate(self.lights):
                if light != ANY_LIGHT:
                    weights[number] = (dark if light == NIGHT else ~dark).float()
            weights[:, weights.sum(0) == 0] = 1.0  # nobody is for this light: all are asked
        return weights / weights.sum(0)


def is_night(images: Tensor) -> Tensor:
    """Which pictures uint8 [N,H,W,3] are dark even where lamps are few: [N]."""
    luma = images[:, ::4, ::4].float().mean(-1).flatten(1) / 255
    return luma.quantile(DARK_SHARE, dim=1) < NIGHT_BRIGHTNESS


def mixed(maps: Tensor, priors: Tensor, power: float) -> Tensor:
    """Raw maps of all teachers [T,N,classes+44,H,W] -> [N,classes+44,H,W].

    Args:
        maps: of one level.
        priors: [T,N].
        power: of the confidence of a cell, its likeliest class; 0: it does not count.
    """
    scores = maps[:, :, : len(CLASSES)].sigmoid()
    sides = maps[:, :, len(CLASSES) :].unflatten(2, (4, DISTANCE_BINS)).softmax(3)
    weights = priors[:, :, None, None, None] * scores.amax(2, keepdim=True).pow(power)
    weights = weights / weights.sum(0, keepdim=True).clamp(min=1e-9)
    score = (weights * scores).sum(0).clamp(LEAST, 1 - LEAST)
    distance = (weights[:, :, None] * sides).sum(0).clamp(min=LEAST)
    return torch.cat([score.logit(), distance.log().flatten(1, 2)], 1)
