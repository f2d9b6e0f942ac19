"""Training, in a few steps."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.families.street_batches import Sources
from lamplighter_recipes.families.street_training import StreetTraining
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.hooks import Moment, TrainingHook
from lamplighter_recipes.preparing.trainer import Trainer
from lamplighter_recipes.tasks.detection.labels import LabelledFrame
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.nanodet import NanoDet
from torch import Tensor, nn

from tests.simulators.recipe_rig import PRUNABLE
from tests.simulators.training_rig import QUICK, quick_bench, street_training

pytestmark = pytest.mark.torch


def test_a_few_steps_lower_the_loss(tiny: Detector, tmp_path: Path) -> None:
    config = replace(
        QUICK, batch=4, max_steps=40, learning_rate=3e-3, log_s=0.0, checkpoint=tmp_path / "run.pt"
    )
    losses: list[float] = []
    trainer = Trainer(tiny, config, street_training())
    trainer.run(lambda f: losses.append(f["loss"]))
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    resumed = Trainer(Detector(NanoDet(PRUNABLE)), config, street_training())
    assert resumed.state.step == 40, "a checkpoint is resumed"
    resumed.run()
    assert resumed.state.step == 40, "a training that has ended does not go on"


def test_training_data_that_cannot_be_read_ends_the_run(tiny: Detector) -> None:
    missing = LabelledFrame(Path("nowhere.jpg"), 128, 96, np.zeros((0, 5), np.float32))
    config = TrainConfig(batch=1, threads=1, max_steps=1)
    with pytest.raises(RecipeError, match=r"nowhere\.jpg"):
        Trainer(tiny, config, StreetTraining(Sources.of([missing]), {})).run()


class _Recorder(TrainingHook):
    """Writes down what is called, and freezes the first weight at 1."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.shares: list[float] = []

    def before_step(self, moment: Moment) -> None:
        self.calls.append("before_step")
        self.shares.append(moment.share)

    def loss(self, moment: Moment, images: Tensor, labels: Any) -> Tensor | None:
        self.calls.append("loss")
        return 1000.0 + 0.0 * _weight(moment.network).sum()

    def before_update(self, moment: Moment) -> None:
        assert _weight(moment.network).grad is not None
        self.calls.append("before_update")

    def after_step(self, moment: Moment) -> None:
        self.calls.append("after_step")
        _weight(moment.network).data.fill_(1.0)

    def finish(self, network: nn.Module) -> None:
        self.calls.append("finish")
        _weight(network).data.fill_(2.0)

    def state(self) -> dict[str, Any]:
        return {"steps": self.calls.count("after_step")}

    def resume(self, state: dict[str, Any]) -> None:
        self.calls = ["resumed"] * state["steps"]


def _weight(network: nn.Module) -> nn.Parameter:
    return next(network.parameters())


def test_hooks_act_around_each_step_and_at_the_end(tiny: Detector) -> None:
    hook = _Recorder()
    losses: list[float] = []
    trainer = Trainer(tiny, replace(QUICK, max_steps=2, log_s=0.0), street_training(), None, [hook])
    served = trainer.run(lambda figures: losses.append(figures["loss"]))
    step = ["before_step", "loss", "before_update", "after_step"]
    assert hook.calls == [*step, *step, "finish"]
    assert hook.shares == [0.0, 0.5]
    assert min(losses) > 1000, "what a hook adds is part of the loss"
    assert torch.all(_weight(trainer.network) == 1.0), "after_step has the last word on weights"
    assert torch.all(_weight(served) == 2.0), "finish has it on what is served"


def test_a_checkpoint_holds_what_hooks_remember(tiny: Detector, tmp_path: Path) -> None:
    config = replace(QUICK, max_steps=3, checkpoint=tmp_path / "run.pt")
    Trainer(tiny, config, street_training(), None, [_Recorder()]).run()
    hook = _Recorder()
    Trainer(tiny, config, street_training(), None, [hook])
    assert hook.calls == ["resumed"] * 3


def test_each_training_of_a_recipe_has_a_checkpoint_of_its_own(
    tiny: Detector, tmp_path: Path
) -> None:
    config = replace(QUICK, max_steps=2, checkpoint=tmp_path / "run.pt")
    bench = quick_bench(tmp_path, config)
    for _ in range(2):
        bench.run(Detector(NanoDet(PRUNABLE)), config)
    assert bench.steps == 4, "the second training does not take itself for the finished first"
    assert {path.name for path in tmp_path.iterdir()} == {"run.pt", "run.2.pt"}
    again = quick_bench(tmp_path, config)
    again.run(Detector(NanoDet(PRUNABLE)), config)
    assert again.steps == 2, "what has ended is not done again"


def test_a_hook_on_the_workbench_acts_in_every_training(tiny: Detector, tmp_path: Path) -> None:
    bench = quick_bench(tmp_path)
    hook, once = _Recorder(), _Recorder()
    bench.hooks.append(hook)
    bench.run(tiny, QUICK)
    bench.run(tiny, QUICK, None, [once])
    assert hook.calls.count("finish") == 2
    assert once.calls.count("finish") == 1
