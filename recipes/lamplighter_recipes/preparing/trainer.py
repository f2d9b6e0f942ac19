"""Training: one plain loop for parents, pruned students and fine-tuning, whatever the family.

Ends when its minutes are spent, whatever the machine's speed; a checkpoint lets it go on after
an interruption.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.hooks import Moment, TrainingHook
from lamplighter_recipes.preparing.layer_rates import SERVER_CORE, LayerRates
from lamplighter_recipes.preparing.model_family import ModelFamily, Training

log = logging.getLogger(__name__)

GRADIENT_NORM = 10.0
WARM_UP_STEPS = 50


@dataclass
class State:
    """What a checkpoint holds."""

    step: int = 0
    spent_s: float = 0.0


def _placed(
    network: nn.Module, device: torch.device, layout: torch.memory_format = torch.channels_last
) -> nn.Module:
    """Move to the device; convolutions are fastest with channels last."""
    moved: nn.Module = network.to(device).to(memory_format=layout)  # type: ignore[call-overload]
    return moved


class Trainer:
    """Owns the model, its moving average and the optimiser; `run` is the loop."""

    def __init__(
        self,
        network: nn.Module,
        config: TrainConfig,
        training: Training,
        teacher: nn.Module | None = None,
        hooks: Sequence[TrainingHook] = (),
    ) -> None:
        torch.manual_seed(config.seed)
        if config.threads:
            torch.set_num_threads(config.threads)
        cv2.setNumThreads(1)
        self.config, self.training, self.hooks = config, training, tuple(hooks)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = _placed(network, self.device).train()
        self.teacher = _placed(teacher, self.device).eval() if teacher else None
        self.average = AveragedModel(
            self.network, multi_avg_fn=get_ema_multi_avg_fn(config.ema_decay)
        )
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.state = State()
        if config.checkpoint is not None and config.checkpoint.exists():
            self._resume(config.checkpoint)

    @property
    def result(self) -> nn.Module:
        """The averaged network, on the CPU, ready to serve."""
        averaged: nn.Module = self.average.module
        return _placed(averaged, torch.device("cpu"), torch.contiguous_format).eval()

    def run(self, progress: Callable[[dict[str, Any]], None] | None = None) -> nn.Module:
        """Train until the minutes (or steps) are spent; return the averaged network."""
        if not self._finished():
            self._train(progress or _log_progress)
        result = self.result
        for hook in self.hooks:
            hook.finish(result)
        return result

    def _train(self, progress: Callable[[dict[str, Any]], None]) -> None:
        config = self.config
        logged_at = saved_at = self.state.spent_s
        for images, labels in self.training.batches(config, config.seed + self.state.step):
            started = time.monotonic()
            figures = self.step(images, labels)
            self.state.spent_s += time.monotonic() - started
            spent = self.state.spent_s
            if spent - logged_at >= config.log_s:
                logged_at = spent
                progress(figures)
            if config.checkpoint and spent - saved_at >= config.checkpoint_s:
                saved_at = spent
                self._save(config.checkpoint)
            if self._finished():
                break
        if config.checkpoint:
            self._save(config.checkpoint)

    def step(self, images: Tensor, labels: Any) -> dict[str, Any]:
        """One optimiser step; returns figures for the log."""
        rate = self._learning_rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        moment = Moment(self.network, self.optimiser, self.state.step, self._share())
        for hook in self.hooks:
            hook.before_step(moment)
        total, parts = self._loss(moment, images.to(self.device), labels)
        self._update(moment, total)
        self.average.update_parameters(self.network)
        self.state.step += 1
        return {
            "step": self.state.step,
            "minutes": self.state.spent_s / 60,
            "rate": rate,
            "loss": float(total.detach()),
            "parts": parts,
        }

    def _loss(
        self, moment: Moment, images: Tensor, labels: Any
    ) -> tuple[Tensor, Mapping[str, float]]:
        total, parts = self.training.loss(self.network, images, labels, self.teacher, self.config)
        for hook in self.hooks:
            addition = hook.loss(moment, images, labels)
            if addition is not None:
                total = total + addition
        return total, parts

    def _update(self, moment: Moment, total: Tensor) -> None:
        self.optimiser.zero_grad()
        total.backward()
        for hook in self.hooks:
            hook.before_update(moment)
        nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM)
        self.optimiser.step()
        for hook in self.hooks:
            hook.after_step(moment)

    def _share(self) -> float:
        if self.config.max_steps is not None:
            return min(1.0, self.state.step / self.config.max_steps)
        return min(1.0, self.state.spent_s / (self.config.minutes * 60))

    def _finished(self) -> bool:
        return self._share() >= 1.0

    def _learning_rate(self) -> float:
        warm = min(1.0, (self.state.step + 1) / WARM_UP_STEPS)
        cosine = 0.5 * (1 + math.cos(math.pi * self._share()))
        return self.config.learning_rate * warm * (cosine + 0.01)

    def _save(self, path: Path) -> None:
        temporary = path.with_suffix(".tmp")
        content = {
            "model": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.state.step,
            "spent_s": self.state.spent_s,
            "hooks": [hook.state() for hook in self.hooks],
        }
        torch.save(content, temporary)
        temporary.replace(path)

    def _resume(self, path: Path) -> None:
        content = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(content["model"])
        self.average.load_state_dict(content["average"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.state = State(content["step"], content["spent_s"])
        for hook, state in zip(self.hooks, content.get("hooks", []), strict=False):
            hook.resume(state)


@dataclass
class Workbench:
    """What a prepare technique works with: family, training data, settings, parents on disk.

    `rates`: what layers cost on the device that the parent is for. `hooks` act in each further
    training: a technique that must last leaves one here. `steps` and `images` count what its
    trainers did, and `facts` hold what else techniques say, for the parent's card.
    """

    family: ModelFamily
    training: Training
    train: TrainConfig
    weights_dir: Path
    rates: LayerRates = SERVER_CORE
    hooks: list[TrainingHook] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    trainings: int = 0
    steps: int = 0
    images: int = 0

    def run(
        self,
        network: nn.Module,
        config: TrainConfig,
        teacher: nn.Module | None = None,
        hooks: Sequence[TrainingHook] = (),
    ) -> nn.Module:
        """Train to the end of the config's minutes; return the averaged network."""
        self.trainings += 1
        config = replace(config, checkpoint=_numbered(config.checkpoint, self.trainings))
        trainer = Trainer(network, config, self.training, teacher, [*self.hooks, *hooks])
        result = trainer.run()
        self.steps += trainer.state.step
        self.images += trainer.state.step * config.batch
        return result


def _numbered(checkpoint: Path | None, training: int) -> Path | None:
    """Where the first, second, ... training of a recipe keeps its checkpoint."""
    if checkpoint is None or training == 1:
        return checkpoint
    return checkpoint.with_name(f"{checkpoint.stem}.{training}{checkpoint.suffix}")


def _log_progress(figures: Mapping[str, Any]) -> None:
    parts = ", ".join(f"{name} {value:.3f}" for name, value in figures["parts"].items())
    values = figures["step"], figures["minutes"], figures["rate"], figures["loss"], parts
    log.info("step %d, %.1f min, rate %.1e, loss %.3f (%s)", *values)
