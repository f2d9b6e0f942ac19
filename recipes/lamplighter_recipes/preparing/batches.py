"""Training batches: pictures read ahead on a thread, changed at random, stacked."""

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, parse_size
from torch import Tensor

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.detection.average_precision import Boxes
from lamplighter_recipes.tasks.detection.labels import (
    Image,
    LabelledFrame,
    load_labelled_frames,
    repeat_weights,
)
from lamplighter_recipes.tasks.detection.training.augmentation import AugmentConfig, augment
from lamplighter_recipes.tasks.detection.training.distillation_loss import SoftConfig

log = logging.getLogger(__name__)

QUEUE_BATCHES = 4  # prepared ahead by the loader thread
RELOAD_S = 120.0  # how often a growing data folder is read again
# Sizes (width, height) and how often each is drawn.
SIZES: tuple[tuple[int, int, float], ...] = tuple(
    (*parse_size(size), share) for size, share in zip(DEFAULT_SIZES, (0.25, 0.55, 0.2), strict=True)
)


@dataclass(frozen=True)
class TrainConfig:
    """How to train; `real_share` is the part of each batch that comes from real frames."""

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

    def __init__(self, folders: list[Path], real: list[LabelledFrame] | None = None) -> None:
        self.folders = folders
        self.real = real or []
        self.scenes: list[LabelledFrame] = []
        self._weights = np.zeros(0)
        self._read_at = -math.inf
        self.refresh()

    @classmethod
    def of(cls, scenes: list[LabelledFrame], real: list[LabelledFrame] | None = None) -> "Sources":
        """Fixed lists of samples."""
        sources = cls([], real)
        sources.scenes, sources._weights = scenes, repeat_weights(scenes)
        return sources

    def refresh(self) -> None:
        """Read the folders again when their time has come."""
        now = time.monotonic()
        if not self.folders or now - self._read_at < RELOAD_S:
            return
        self._read_at = now
        try:
            self.scenes = [
                frame for folder in self.folders for frame in load_labelled_frames(folder)
            ]
        except RecipeError:
            if not self.scenes:
                raise
            log.warning("scenes are being written; keeping the samples read before")
            return
        self._weights = repeat_weights(self.scenes)

    def draw(self, rng: np.random.Generator, count: int, real_share: float) -> list[LabelledFrame]:
        """`count` samples; real ones are drawn evenly from their cameras."""
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
    ahead = _ReadAhead(lambda: _make_batch(sources, rng, config))
    try:
        while True:
            yield ahead.next()
    finally:
        ahead.stop()


class _ReadAhead:
    """Makes batches on a thread of its own until it is stopped or making one fails."""

    def __init__(self, make: Callable[[], Batch]) -> None:
        self._make = make
        self._ready: queue.Queue[Batch | Exception] = queue.Queue(QUEUE_BATCHES)
        self._stopped = threading.Event()
        threading.Thread(target=self._work, name="batches", daemon=True).start()

    def next(self) -> Batch:
        """The next batch; raises what making it raised."""
        item = self._ready.get()
        if isinstance(item, Exception):
            raise item
        return item

    def stop(self) -> None:
        """Let the thread end; what it has made is dropped."""
        self._stopped.set()

    def _work(self) -> None:
        try:
            while not self._stopped.is_set():
                self._offer(self._make())
        except Exception as error:  # noqa: BLE001 - handed to the consumer
            self._offer(error)

    def _offer(self, item: Batch | Exception) -> None:
        while not self._stopped.is_set():
            try:
                self._ready.put(item, timeout=0.5)
            except queue.Full:
                continue
            return
