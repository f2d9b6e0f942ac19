"""A detector's training batches: pictures of scenes and real frames, changed at random, stacked."""

import logging
import math
import time
from pathlib import Path

import numpy as np
import torch

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.batches import Batch, TrainConfig
from lamplighter_recipes.tasks.detection.average_precision import Boxes
from lamplighter_recipes.tasks.detection.labels import (
    Image,
    LabelledFrame,
    load_labelled_frames,
    repeat_weights,
)
from lamplighter_recipes.tasks.detection.training.augmentation import augment

log = logging.getLogger(__name__)

RELOAD_S = 120.0  # how often a growing data folder is read again


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


def make_batch(sources: Sources, rng: np.random.Generator, config: TrainConfig) -> Batch:
    """Pictures of one size, changed at random, with their boxes."""
    sources.refresh()
    shares = np.array([share for *_, share in config.sizes])
    width, height, _ = config.sizes[int(rng.choice(len(shares), p=shares / shares.sum()))]
    return collate(
        [
            augment(sample.rgb(), sample.boxes, width, height, rng, config.augment)
            for sample in sources.draw(rng, config.batch, config.real_share)
        ]
    )
