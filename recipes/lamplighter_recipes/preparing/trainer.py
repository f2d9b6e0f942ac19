"""Training of the traffic detector: one plain loop for parents, pruned students and fine-tuning.

Ends when its minutes are spent, whatever the machine's speed; a checkpoint lets it go on after
an interruption.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lamplighter_recipes.preparing.batches import Sources, TrainConfig, batches
from lamplighter_recipes.tasks.detection.nanodet import Detector
from lamplighter_recipes.tasks.detection.training.distillation_loss import soft_loss
from lamplighter_recipes.tasks.detection.training.loss import Losses, detection_loss

log = logging.getLogger(__name__)

GRADIENT_NORM = 10.0
WARM_UP_STEPS = 50


@dataclass
class State:
    """What a checkpoint holds."""

    step: int = 0
    spent_s: float = 0.0


def _placed(
    detector: Detector, device: torch.device, layout: torch.memory_format = torch.channels_last
) -> Detector:
    """Move to the device; convolutions are fastest with channels last."""
    moved: Detector = detector.to(device).to(memory_format=layout)  # type: ignore[call-overload]
    return moved


class Trainer:
    """Owns the model, its moving average and the optimiser; `run` is the loop."""

    def __init__(
        self, detector: Detector, config: TrainConfig, teacher: Detector | None = None
    ) -> None:
        torch.manual_seed(config.seed)
        if config.threads:
            torch.set_num_threads(config.threads)
        cv2.setNumThreads(1)
        self.config = config
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.detector = _placed(detector, self.device).train()
        self.teacher = _placed(teacher, self.device).eval() if teacher else None
        self.average = AveragedModel(
            self.detector, multi_avg_fn=get_ema_multi_avg_fn(config.ema_decay)
        )
        self.optimiser = torch.optim.AdamW(
            self.detector.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.state = State()
        if config.checkpoint is not None and config.checkpoint.exists():
            self._resume(config.checkpoint)

    @property
    def result(self) -> Detector:
        """The averaged detector, on the CPU, ready to serve."""
        averaged: Detector = self.average.module  # type: ignore[assignment]
        return _placed(averaged, torch.device("cpu"), torch.contiguous_format).eval()

    def run(
        self, sources: Sources, progress: Callable[[dict[str, Any]], None] | None = None
    ) -> Detector:
        """Train until the minutes (or steps) are spent; return the averaged detector."""
        config = self.config
        logged_at = saved_at = self.state.spent_s
        for images, truths in batches(sources, config, config.seed + self.state.step):
            started = time.monotonic()
            figures = self.step(images, truths)
            self.state.spent_s += time.monotonic() - started
            spent = self.state.spent_s
            if spent - logged_at >= config.log_s:
                logged_at = spent
                (progress or _log_progress)({**figures, "scenes": len(sources.scenes)})
            if config.checkpoint and spent - saved_at >= config.checkpoint_s:
                saved_at = spent
                self._save(config.checkpoint)
            if self._finished():
                break
        if config.checkpoint:
            self._save(config.checkpoint)
        return self.result

    def step(self, images: Tensor, truths: list[Tensor]) -> dict[str, Any]:
        """One optimiser step; returns figures for the log."""
        rate = self._learning_rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        total, losses = self._losses(images.to(self.device), truths)
        self.optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.detector.parameters(), GRADIENT_NORM)
        self.optimiser.step()
        self.average.update_parameters(self.detector)
        self.state.step += 1
        return {
            "step": self.state.step,
            "minutes": self.state.spent_s / 60,
            "rate": rate,
            "loss": float(total.detach()),
            "quality": losses.quality,
            "box": losses.box,
        }

    def _losses(self, images: Tensor, truths: list[Tensor]) -> tuple[Tensor, Losses]:
        """What is minimised, the teacher's part included, and the parts of the labels."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bfloat16):
            levels = self.detector.raw(images)
            soft = self._teacher_levels(images)
        losses = detection_loss(levels, [truth.to(self.device) for truth in truths])
        if soft is None:
            return losses.total, losses
        return losses.total + soft_loss(levels, soft, self.config.soft), losses

    @torch.no_grad()
    def _teacher_levels(self, images: Tensor) -> list[Tensor] | None:
        return self.teacher.raw(images) if self.teacher else None

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
            "model": self.detector.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.state.step,
            "spent_s": self.state.spent_s,
        }
        torch.save(content, temporary)
        temporary.replace(path)

    def _resume(self, path: Path) -> None:
        content = torch.load(path, map_location=self.device, weights_only=True)
        self.detector.load_state_dict(content["model"])
        self.average.load_state_dict(content["average"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.state = State(content["step"], content["spent_s"])


@dataclass
class Workbench:
    """What a prepare technique works with: pictures, settings, and the parents on disk.

    `steps` and `images` count what its trainers did, for the parent's card.
    """

    sources: Sources
    train: TrainConfig
    weights_dir: Path
    steps: int = 0
    images: int = 0

    def run(self, trainer: Trainer) -> Detector:
        """Train to the end of the trainer's minutes; return the averaged detector."""
        result = trainer.run(self.sources)
        self.steps += trainer.state.step
        self.images += trainer.state.step * trainer.config.batch
        return result


def _log_progress(figures: dict[str, Any]) -> None:
    log.info(
        "step %(step)d, %(minutes).1f min, rate %(rate).1e, loss %(loss).3f "
        "(quality %(quality).3f, box %(box).3f), %(scenes)d scenes",
        figures,
    )
