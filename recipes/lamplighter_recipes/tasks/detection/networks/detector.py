"""Detectors around a network: decoded, for training and judging, and as they are exported."""

from typing import Any, ClassVar, Protocol, Self

import torch
from lamplighter_wire.tasks.detection import STRIDES
from torch import Tensor, nn

from lamplighter_recipes.tasks.normalisation import Normalise

DISTANCE_BINS = 11  # a side is at most 10 strides away from its cell's centre
SIZE_MULTIPLE = 32  # the coarsest stride: other sizes would not tile


class Architecture(Protocol):
    """All widths of a network, as data: a pruned network is the same class with other numbers."""

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file."""

    def with_relu(self) -> Self:
        """The twin whose operators every runtime has in 8 bits."""


class DetectionNetwork(nn.Module):
    """Normalised pictures [N,3,H,W] to three maps [N,classes+44,H/s,W/s], s = 8, 16, 32.

    H and W are multiples of `SIZE_MULTIPLE`. Each of the `heads` ends in the convolution that
    gives a map: class logits, then four distributions over distances.
    """

    family: ClassVar[str]  # as cards name it
    classes: int
    heads: nn.ModuleList

    @property
    def architecture(self) -> Architecture:
        """The present widths, read back from the modules, for instance after pruning."""
        raise NotImplementedError


class Detector(nn.Module):
    """A network decoded: uint8 frames in, scores and side distances in input pixels out."""

    bins: Tensor

    def __init__(self, net: DetectionNetwork) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.net = net
        self.register_buffer("bins", torch.arange(float(DISTANCE_BINS)), persistent=False)

    @property
    def architecture(self) -> Architecture:
        """The network's present widths."""
        return self.net.architecture

    def raw(self, images: Tensor) -> list[Tensor]:
        """uint8 [N,H,W,3] -> per-level logits [N,classes+44,H/s,W/s]."""
        levels: list[Tensor] = self.net(self.normalise(images))
        return levels

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 [N,H,W,3] -> scores [N,A,classes] in 0..1 and distances [N,A,4] in pixels."""
        scores, distances = [], []
        for level, stride in zip(self.raw(images), STRIDES, strict=True):
            flat = level.flatten(2).transpose(1, 2)
            scores.append(flat[..., : self.net.classes].sigmoid())
            sides = flat[..., self.net.classes :].unflatten(-1, (4, DISTANCE_BINS)).softmax(-1)
            distances.append((sides * self.bins).sum(-1) * stride)
        return torch.cat(scores, 1), torch.cat(distances, 1)


class CellDetector(Detector):
    """A network as it is exported: what each cell says, which the device decodes where it matters.

    Names of its layers are those of `Detector`.
    """

    def __init__(self, net: DetectionNetwork, *, channels_last: bool) -> None:
        super().__init__(net)
        self.channels_last = channels_last

    def forward(self, images: Tensor) -> tuple[Tensor]:  # type: ignore[override]
        """uint8 [N,H,W,3] -> logits and distributions [N,classes+44,A]; with the channels last
        [N,A,classes+44]."""
        levels = [level.flatten(2) for level in self.raw(images)]
        if self.channels_last:
            return (torch.cat([level.transpose(1, 2) for level in levels], 1),)
        return (torch.cat(levels, 2),)
