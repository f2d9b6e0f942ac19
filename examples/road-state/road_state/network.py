"""The network, what it learns from, and by which loss."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from lamplighter_recipes.preparing.batches import Batch, TrainConfig, made_ahead
from lamplighter_recipes.tasks.evaluator import Infer
from lamplighter_recipes.tasks.frame_set import bilinear
from lamplighter_recipes.tasks.normalisation import Normalise
from torch import Tensor, nn
from torch.nn import functional

from road_state.evaluator import RoadFrame
from road_state.task import CLASSES, ROAD_STATE

WIDTHS = (16, 32, 32, 64)
SIZE = (128, 96)


class RoadNet(nn.Module):
    """uint8 [N, H, W, 3] -> the probability of each class [N, 2]; H and W are free."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = Normalise()
        layers: list[nn.Module] = []
        for inputs, outputs in zip((3, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.LeakyReLU(0.1)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Conv2d(WIDTHS[-1], len(CLASSES), 1)

    def logits(self, images: Tensor) -> Tensor:
        """[N, 2], the mean over the picture."""
        return self.head(self.body(self.normalise(images))).mean((2, 3))

    def forward(self, images: Tensor) -> Tensor:
        return self.logits(images).softmax(-1)


def new_network(seed: int) -> RoadNet:
    """Random weights, the same each time."""
    torch.manual_seed(seed)
    return RoadNet()


class RoadTraining:
    """Frames in random order, half of them mirrored; cross-entropy."""

    def __init__(self, frames: Sequence[RoadFrame]) -> None:
        self._frames = list(frames)

    def batches(self, config: TrainConfig, seed: int) -> Iterator[Batch]:
        rng = np.random.default_rng(seed)
        return made_ahead(lambda: self._batch(rng, config.batch))

    def loss(
        self, network: Any, images: Tensor, labels: Tensor, teacher: Any, config: TrainConfig
    ) -> tuple[Tensor, dict[str, float]]:
        return functional.cross_entropy(network.logits(images), labels.to(images.device)), {}

    def facts(self) -> dict[str, Any]:
        return {"frames": len(self._frames)}

    def _batch(self, rng: np.random.Generator, count: int) -> Batch:
        chosen = [self._frames[int(i)] for i in rng.integers(len(self._frames), size=count)]
        pictures = np.stack([bilinear(frame, *SIZE)[:, :: rng.choice((-1, 1))] for frame in chosen])
        labels = np.array([int(frame.label) for frame in chosen])
        return torch.from_numpy(pictures.copy()), torch.from_numpy(labels)


def as_infer(network: RoadNet) -> Infer:
    """The network as evaluators run one."""
    (name,) = ROAD_STATE.tensors.outputs

    @torch.no_grad()
    def infer(images: Any) -> dict[str, Any]:
        return {name: network.eval()(torch.from_numpy(images)).numpy()}

    return infer
