"""What the techniques of sparsity share: training under masks that later trainings keep."""

from dataclasses import dataclass, replace

from torch import nn

from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.techniques.bounds import Positive
from lamplighter_recipes.techniques.sparsity.allocation import Distribution, allocate
from lamplighter_recipes.techniques.sparsity.masks import KeepMasks, sparse_weights


@dataclass(frozen=True)
class SparseTraining:
    """Wall-clock budget, peak of the cosine schedule, and a parent that teaches ("": nobody)."""

    minutes: Positive = 20.0
    learning_rate: Positive = 5e-4
    teacher: str = ""


def counts_of(network: nn.Module, density: float, distribution: Distribution) -> dict[str, int]:
    """How many weights of each layer stay.

    Raises:
        RecipeError: when `density` is not in (0, 1].
    """
    shapes = {name: tuple(weight.shape) for name, weight in sparse_weights(network).items()}
    return allocate(shapes, density, distribution)


def train_sparse(
    network: nn.Module, hook: KeepMasks, config: SparseTraining, bench: Workbench
) -> nn.Module:
    """Train under the hook's masks, in place of those of an earlier step, and leave them behind.

    Later trainings of the recipe hold the same weights at zero.
    """
    bench.hooks[:] = [other for other in bench.hooks if not isinstance(other, KeepMasks)]
    settings = replace(bench.train, minutes=config.minutes, learning_rate=config.learning_rate)
    teacher = bench.family.load(config.teacher, bench.weights_dir) if config.teacher else None
    trained = bench.run(network, settings, teacher, [hook])
    bench.hooks.append(KeepMasks(hook.masks))
    return trained
