"""Distillation: a small network learns from a large one's soft answers beside the labels.

Saves nothing by itself: it gives back accuracy that pruning took, on every hardware.
"""

from dataclasses import dataclass, replace

from torch import nn

from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.tasks.detection.training.distillation_loss import SoftConfig


@dataclass(frozen=True)
class DistillConfig:
    """The `teacher` is a parent's name; weights and temperature as in `SoftConfig`."""

    teacher: str = "nanodet-full"
    minutes: float = 20.0
    learning_rate: float = 1e-3
    batch: int = 8  # small steps: a student moves far from where pruning left it
    score_weight: float = 1.0
    box_weight: float = 0.5
    temperature: float = 2.0


@technique(DistillConfig)
def distill(student: nn.Module, config: DistillConfig, bench: Workbench) -> nn.Module:
    """Train the student on the bench's pictures against labels and teacher."""
    soft = SoftConfig(config.score_weight, config.box_weight, config.temperature)
    settings = replace(
        bench.train,
        minutes=config.minutes,
        learning_rate=config.learning_rate,
        batch=config.batch,
        soft=soft,
    )
    teacher = bench.family.load(config.teacher, bench.weights_dir)
    return bench.run(student, settings, teacher)
