"""Training of the traffic detector: one plain loop for parents, pruned students and fine-tuning.

Ends when its minutes are spent, whatever the machine's speed; a checkpoint lets it go on after
an interruption.
"""

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lamplighter_recipes.accuracy import Boxes
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.traffic.augment import AugmentConfig, augment
from lamplighter_recipes.traffic.labels import Image, Sample, load_samples, repeat_weights
from lamplighter_recipes.traffic.loss import detection_loss
from lamplighter_recipes.traffic.nanodet import Detector
from lamplighter_recipes.traffic.soft import SoftConfig, soft_loss

log = logging.getLogger(__name__)

GRADIENT_NORM = 10.0
WARM_UP_STEPS = 50
QUEUE_BATCHES = 4  # prepared ahead by the loader thread
RELOAD_S = 120.0  # how often a growing data folder is read again
# Sizes (width, height) and how often each is drawn: the operating points' resolutions.
SIZES: tuple[tuple[int, int, float], ...] = (
    (256, 192, 0.25),
    (384, 288, 0.55),
    (512, 384, 0.2),
)


@dataclass(frozen=True)
class TrainConfig:
    """How to train; ``real_share`` is the part of each batch that comes from real frames."""

    minutes: float = 30.0
    batch: int = 16
    learning_rate: float = 5e-4
    weight_decay: float = 1e-3
    ema_decay: float = 0.998
    real_share: float = 0.25
    sizes: tuple[tuple[int, int, float], ...] = SIZES
    threads: int = 0  # 0: torch's own choice
    bfloat16: bool = True  # twice as fast where the CPU has AVX512-BF16 or AMX
    seed: int = 0
    max_steps: int | None = None
    checkpoint: Path | None = None
    checkpoint_s: float = 60.0
    log_s: float = 30.0
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    soft: SoftConfig = field(default_factory=SoftConfig)


Batch = tuple[Tensor, list[Tensor]]


class Sources:
    """Draws training pictures from (growing) folders of scenes and from real frames."""

    def __init__(self, folders: list[Path], real: list[Sample] | None = None) -> None:
        self.folders = folders
        self.real = real or []
        self.scenes: list[Sample] = []
        self._weights = np.zeros(0)
        self._read_at = -math.inf
        self.refresh()

    @classmethod
    def of(cls, scenes: list[Sample], real: list[Sample] | None = None) -> "Sources":
        """Fixed lists of samples."""
        made = cls([], real)
        made.scenes, made._weights = scenes, repeat_weights(scenes)
        return made

    def refresh(self) -> None:
        """Read the folders again when their time has come."""
        now = time.monotonic()
        if not self.folders or now - self._read_at < RELOAD_S:
            return
        self._read_at = now
        try:
            self.scenes = [s for folder in self.folders for s in load_samples(folder)]
        except RecipeError:
            if not self.scenes:
                raise
            log.warning("scenes are being written; keeping the samples read before")
            return
        self._weights = repeat_weights(self.scenes)

    def draw(self, rng: np.random.Generator, count: int, real_share: float) -> list[Sample]:
        """``count`` samples; real ones are drawn evenly from their cameras."""
        real = round(count * real_share) if self.real else 0
        picked = [
            self.scenes[i] for i in rng.choice(len(self.scenes), count - real, p=self._weights)
        ]
        cameras = sorted({sample.camera for sample in self.real})
        for _ in range(real):
            camera = cameras[int(rng.integers(len(cameras)))]
            frames = [sample for sample in self.real if sample.camera == camera]
            picked.append(frames[int(rng.integers(len(frames)))])
        return picked


def collate(pictures: list[tuple[Image, Boxes]]) -> Batch:
    """Equal-sized pictures -> uint8 [N,H,W,3] and a list of boxes [n,5]."""
    images = torch.from_numpy(np.stack([image for image, _ in pictures]))
    return images, [torch.from_numpy(boxes) for _, boxes in pictures]


def _make_batch(sources: Sources, rng: np.random.Generator, config: TrainConfig) -> Batch:
    sources.refresh()
    shares = np.array([share for *_, share in config.sizes])
    width, height, _ = config.sizes[int(rng.choice(len(shares), p=shares / shares.sum()))]
    return collate(
        [
            augment(sample.rgb(), sample.boxes, width, height, rng, config.augment)
            for sample in sources.draw(rng, config.batch, config.real_share)
        ]
    )


def batches(sources: Sources, config: TrainConfig, seed: int) -> Iterator[Batch]:
    """An endless stream of batches, prepared by one thread ahead of the training step."""
    rng = np.random.default_rng(seed)
    ready: queue.Queue[Batch | BaseException] = queue.Queue(QUEUE_BATCHES)
    stop = threading.Event()

    def offer(item: Batch | BaseException) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.5)
            except queue.Full:
                continue
            return

    def work() -> None:
        try:
            while not stop.is_set():
                offer(_make_batch(sources, rng, config))
        except Exception as error:  # noqa: BLE001 - handed to the consumer
            offer(error)

    threading.Thread(target=work, name="batches", daemon=True).start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()


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
    """Owns the model, its moving average and the optimiser; ``run`` is the loop."""

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
        images = images.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bfloat16):
            levels = self.detector.raw(images)
            soft = self._teacher_levels(images)
        losses = detection_loss(levels, [truth.to(self.device) for truth in truths])
        total = losses.total
        if soft is not None:
            total = total + soft_loss(levels, soft, self.config.soft)
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

    ``steps`` and ``images`` count what its trainers did, for the parent's card.
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
