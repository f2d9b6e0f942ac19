"""Training in memory on two small pictures, for tests of the loop and of what prepares."""

from pathlib import Path

import numpy as np
from lamplighter_recipes.families.nanodet import FAMILY
from lamplighter_recipes.families.street_batches import Sources
from lamplighter_recipes.families.street_training import StreetTraining
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.tasks.detection.labels import LabelledFrame

QUICK = TrainConfig(
    batch=2,
    learning_rate=3e-3,
    sizes=((128, 96, 1.0),),
    threads=1,
    max_steps=4,
    bfloat16=False,
)


def sample(seed: int) -> LabelledFrame:
    """A grey picture with a bright and a dark rectangle."""
    rng = np.random.default_rng(seed)
    image = rng.integers(90, 110, (96, 128, 3)).astype(np.uint8)
    image[20:60, 20:70] = 250
    image[50:80, 90:110] = 5
    boxes = np.array([[20, 20, 70, 60, 0], [90, 50, 110, 80, 6]], np.float32)
    return LabelledFrame(Path("memory"), 128, 96, boxes, image=image)


def street_training() -> StreetTraining:
    """Two pictures, over and over."""
    return StreetTraining(Sources.of([sample(0), sample(1)]), {})


def quick_bench(weights_dir: Path, train: TrainConfig = QUICK) -> Workbench:
    """A workbench whose trainings take a few steps."""
    return Workbench(FAMILY, street_training(), train, weights_dir)
