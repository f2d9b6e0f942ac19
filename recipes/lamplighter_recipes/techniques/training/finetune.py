"""Fine-tuning: go on training on the bench's pictures. Changes accuracy only."""

from dataclasses import dataclass, replace

from torch import nn

from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.bounds import Positive


@dataclass(frozen=True)
class FinetuneConfig:
    """Wall-clock budget and the peak of the cosine schedule."""

    minutes: Positive = 30.0
    learning_rate: Positive = 5e-4


@technique(FinetuneConfig)
def finetune(network: nn.Module, config: FinetuneConfig, bench: Workbench) -> nn.Module:
    """Train on labels alone."""
    settings = replace(bench.train, minutes=config.minutes, learning_rate=config.learning_rate)
    return bench.run(network, settings)
