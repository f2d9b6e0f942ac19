"""Training, in a few steps."""

from pathlib import Path

import numpy as np
import pytest
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.families.nanodet_batches import Sources
from lamplighter_recipes.families.nanodet_training import StreetTraining
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.trainer import Trainer
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.detection.nanodet import (
    Detector,
    NanoDet,
)

from tests.simulators.recipe_rig import PRUNABLE

pytestmark = pytest.mark.torch


def _sample(seed: int) -> LabelledFrame:
    """A grey picture with a bright and a dark rectangle."""
    rng = np.random.default_rng(seed)
    image = rng.integers(90, 110, (96, 128, 3)).astype(np.uint8)
    image[20:60, 20:70] = 250
    image[50:80, 90:110] = 5
    boxes = np.array([[20, 20, 70, 60, 0], [90, 50, 110, 80, 6]], np.float32)
    return LabelledFrame(Path("memory"), 128, 96, boxes, image=image)


def test_a_few_steps_lower_the_loss(tiny: Detector, tmp_path: Path) -> None:
    config = TrainConfig(
        batch=4,
        learning_rate=3e-3,
        sizes=((128, 96, 1.0),),
        threads=1,
        max_steps=40,
        bfloat16=False,
        log_s=0.0,
        checkpoint=tmp_path / "run.pt",
    )
    losses: list[float] = []
    training = StreetTraining(Sources.of([_sample(0), _sample(1)]), {})
    trainer = Trainer(tiny, config, training)
    trainer.run(lambda f: losses.append(f["loss"]))
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    resumed = Trainer(Detector(NanoDet(PRUNABLE)), config, training)
    assert resumed.state.step == 40, "a checkpoint is resumed"


def test_training_data_that_cannot_be_read_ends_the_run(tiny: Detector) -> None:
    missing = LabelledFrame(Path("nowhere.jpg"), 128, 96, np.zeros((0, 5), np.float32))
    config = TrainConfig(batch=1, threads=1, max_steps=1)
    with pytest.raises(RecipeError, match=r"nowhere\.jpg"):
        Trainer(tiny, config, StreetTraining(Sources.of([missing]), {})).run()
