"""A parent learns one site: the teacher's labels of its pictures, with replay of the city's.

Replay of earlier data against forgetting: Robins, Connection Science, 1995.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamplighter_recipes.preparing.model_family import ModelFamily
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.tasks.detection.labels import LabelledFrame

if TYPE_CHECKING:
    from torch import nn

    from lamplighter_recipes.preparing.hooks import TrainingHook

Progress = Callable[[float], None]
REPORT_S = 1.0
# As devices serve mostly: width, height, and how often each is drawn.
SIZES = ((256, 192, 0.25), (384, 288, 0.55), (512, 384, 0.2))


@dataclass(frozen=True)
class SiteTrainingConfig:
    """How a parent learns a site.

    Attributes:
        site_share: of each batch; the rest is replay of the city's pictures.
        ema_decay: of the moving average of weights; a short training wants a short memory.
        threads: of the processor; 0 leaves it to torch.
        checkpoint_s: seconds of training that a kill may cost.
        moved_share: of each layer's weights, that differ from those of the base in the end; below
            1 it takes as many steps again.
    """

    steps: int = 1000
    batch: int = 8
    learning_rate: float = 5e-4
    site_share: float = 0.75
    ema_decay: float = 0.98
    seed: int = 0
    threads: int = 1
    sizes: tuple[tuple[int, int, float], ...] = SIZES
    checkpoint_s: float = 10.0
    moved_share: float = 1.0

    @property
    def all_steps(self) -> int:
        """Of all trainings that it takes."""
        return self.steps * (1 if self.moved_share == 1 else 2)


def train_for_site(
    network: "nn.Module",
    family: ModelFamily,
    frames: Sequence[LabelledFrame],
    replay: Path,
    config: SiteTrainingConfig,
    checkpoint: Path,
    progress: Progress = lambda _share: None,
    hooks: Sequence["TrainingHook"] = (),
) -> "nn.Module":
    """The network after its steps; goes on from the checkpoint where there is one.

    Runs on a GPU where torch finds one.

    Raises:
        RecipeError: the pictures for replay cannot be read.
    """
    from lamplighter_recipes.preparing.batches import TrainConfig
    from lamplighter_recipes.preparing.prepare import TrainRequest
    from lamplighter_recipes.preparing.trainer import Trainer

    settings = TrainConfig(
        batch=config.batch,
        learning_rate=config.learning_rate,
        real_share=config.site_share,
        ema_decay=config.ema_decay,
        seed=config.seed,
        threads=config.threads,
        max_steps=config.steps,
        checkpoint=checkpoint,
        checkpoint_s=config.checkpoint_s,
        log_s=min(REPORT_S, config.checkpoint_s),
        sizes=config.sizes,
    )
    request = TrainRequest(
        recipe=Recipe(name="site", parent="site"),
        scenes=[replay],
        weights_dir=checkpoint.parent,
        cache_dir=checkpoint.parent,
        start="site",
        site=list(frames),
        train=settings,
    )

    def report(figures: dict[str, Any]) -> None:
        progress(figures["step"] / config.steps)

    return Trainer(network, settings, family.training(request), hooks=hooks).run(report)
