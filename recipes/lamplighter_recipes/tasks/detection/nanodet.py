"""NanoDet-g: a one-stage anchor-free detector of plain convolutions.

The backbone is a chain of cross-stage-partial stages (Wang et al., CSPNet, 2020), the neck a
path aggregation network (Liu et al., 2018) and the head predicts, per cell, class logits and four
distributions over distances (Li et al., Generalized Focal Loss, 2020). Upstream:
github.com/RangiLyu/nanodet, Apache-2.0.

Every width is data (`Architecture`), so that a structurally pruned network is the same
class with other numbers.
"""

from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from lamplighter_wire.tasks.detection import CLASSES, STRIDES
from torch import Tensor, nn
from torch.nn import functional

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.tasks.normalisation import Normalise

DISTANCE_BINS = 11  # a side is at most 10 strides away from its cell's centre
LEAKY_SLOPE = 0.1
SIZE_MULTIPLE = 32  # the coarsest stride: other sizes would not tile


@dataclass(frozen=True)
class StageWidths:
    """Output channels of one cross-stage-partial stage.

    `blocks` holds, per residual block, the widths of its two convolutions.
    """

    enter: int
    blocks: tuple[tuple[int, int], ...]
    leave: int

    @property
    def out(self) -> int:
        """Channels after the final concatenation."""
        return self.enter + self.leave


@dataclass(frozen=True)
class Architecture:
    """All widths of a NanoDet; `classes` is the number of class logits."""

    stem: int
    stages: tuple[StageWidths, ...]
    neck: int
    heads: tuple[int, int, int]
    classes: int

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Architecture":
        """Inverse of `to_json`.

        Raises:
            RecipeError: when a width is missing or not an integer.
        """
        try:
            stages = tuple(
                StageWidths(
                    int(stage["enter"]),
                    tuple((int(first), int(second)) for first, second in stage["blocks"]),
                    int(stage["leave"]),
                )
                for stage in data["stages"]
            )
            first, second, third = (int(width) for width in data["heads"])
            heads = (first, second, third)
            return cls(int(data["stem"]), stages, int(data["neck"]), heads, int(data["classes"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RecipeError(f"not a NanoDet architecture: {error!r}") from error


FULL = Architecture(
    stem=32,
    stages=(
        StageWidths(32, ((16, 16),), 32),
        StageWidths(64, ((32, 32),) * 2, 64),
        StageWidths(128, ((64, 64),) * 2, 128),
        StageWidths(256, ((128, 128),) * 3, 256),
    ),
    neck=128,
    heads=(128, 128, 128),
    classes=len(CLASSES),
)


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)


def _act(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(_conv(inputs, outputs, stride=stride), nn.LeakyReLU(LEAKY_SLOPE))


class Block(nn.Module):
    """Two convolutions whose outputs are both passed on."""

    def __init__(self, inputs: int, widths: tuple[int, int]) -> None:
        super().__init__()
        self.first = _act(inputs, widths[0])
        self.second = _act(widths[0], widths[1])

    def forward(self, x: Tensor) -> Tensor:
        """[N,C,H,W] -> [N,second+first,H,W]."""
        first = self.first(x)
        return torch.cat([self.second(first), first], 1)


class Stage(nn.Module):
    """A cross-stage-partial stage: the entry goes around the blocks and joins their result."""

    def __init__(self, inputs: int, widths: StageWidths, stride: int) -> None:
        super().__init__()
        self.enter = _act(inputs, widths.enter, stride)
        blocks: list[nn.Module] = []
        channels = widths.enter
        for pair in widths.blocks:
            blocks.append(Block(channels, pair))
            channels = sum(pair)
        self.blocks = nn.Sequential(*blocks)
        self.leave = _act(channels, widths.leave)

    def forward(self, x: Tensor) -> Tensor:
        """[N,C,H,W] -> [N,leave+enter,H/stride,W/stride]."""
        entered = self.enter(x)
        return torch.cat([self.leave(self.blocks(entered)), entered], 1)


class Neck(nn.Module):
    """Path aggregation by bilinear resampling and addition; no convolution but the laterals."""

    def __init__(self, inputs: list[int], width: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(_conv(channels, width, 1) for channels in inputs)

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Three maps at strides 8, 16, 32 -> three maps of equal width."""
        fine, middle, coarse = (m(f) for m, f in zip(self.laterals, features, strict=True))
        middle = middle + _up(coarse)
        fine = fine + _up(middle)
        # Halving bilinearly with half-pixel centres is the mean of 2x2 pixels.
        middle = middle + functional.avg_pool2d(fine, 2)
        coarse = coarse + functional.avg_pool2d(middle, 2)
        return [fine, middle, coarse]


def _up(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class NanoDet(nn.Module):
    """Normalised images [N,3,H,W] -> three maps [N,classes+44,H/s,W/s], s = 8, 16, 32."""

    def __init__(self, widths: Architecture = FULL) -> None:
        super().__init__()
        self.classes = widths.classes
        self.stem = _act(3, widths.stem, 2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        stages: list[nn.Module] = []
        channels = widths.stem
        for index, stage in enumerate(widths.stages):
            stages.append(Stage(channels, stage, 1 if index == 0 else 2))
            channels = stage.out
        self.stages = nn.ModuleList(stages)
        self.neck = Neck([stage.out for stage in widths.stages[1:]], widths.neck)
        outputs = widths.classes + 4 * DISTANCE_BINS
        self.heads = nn.ModuleList(
            nn.Sequential(_act(widths.neck, width), _conv(width, outputs, 1))
            for width in widths.heads
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """[N,3,H,W] float -> per-level logits; H and W are multiples of 32."""
        x = self.pool(self.stem(x))
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        maps = self.neck(features[1:])
        return [head(level) for head, level in zip(self.heads, maps, strict=True)]


def architecture_of(net: NanoDet) -> Architecture:
    """Read the widths back from the modules, for instance after pruning."""
    stages = tuple(
        StageWidths(
            _width(stage.enter),
            tuple((_width(block.first), _width(block.second)) for block in _blocks(stage)),
            _width(stage.leave),
        )
        for stage in cast("list[Stage]", list(net.stages))
    )
    first, second, third = (_width(act) for act, _ in heads_of(net))
    neck = cast(nn.Conv2d, net.neck.laterals[0]).out_channels
    return Architecture(_width(net.stem), stages, neck, (first, second, third), net.classes)


def heads_of(net: NanoDet) -> list[tuple[nn.Sequential, nn.Conv2d]]:
    """The two layers of each head: convolution with activation, and the output convolution."""
    return [
        (cast(nn.Sequential, head[0]), cast(nn.Conv2d, head[1]))
        for head in cast("list[nn.Sequential]", list(net.heads))
    ]


def _blocks(stage: Stage) -> list[Block]:
    return cast("list[Block]", list(stage.blocks))


def _width(act: nn.Sequential) -> int:
    return cast(nn.Conv2d, act[0]).out_channels


class Detector(nn.Module):
    """The served network: uint8 frames in, scores and side distances in input pixels out."""

    bins: Tensor

    def __init__(self, net: NanoDet) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.net = net
        self.register_buffer("bins", torch.arange(float(DISTANCE_BINS)), persistent=False)

    @property
    def architecture(self) -> Architecture:
        """The network's present widths."""
        return architecture_of(self.net)

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


# COCO's class indices that start each of ours; several are averaged.
COCO_OF_CLASS: dict[str, tuple[int, ...]] = {
    "car": (2,),
    "van": (2, 7),
    "truck": (7,),
    "bus": (5,),
    "motorcycle": (3,),
    "bicycle": (1,),
    "person": (0,),
}


def to_seven_classes(net: NanoDet) -> NanoDet:
    """Replace the 80 COCO logits of each head by the seven traffic classes, in place."""
    rows = [list(COCO_OF_CLASS[name]) for name in CLASSES]
    for head, (_, old) in zip(net.heads, heads_of(net), strict=True):
        bias = cast(Tensor, old.bias).data
        new = _conv(old.in_channels, len(CLASSES) + 4 * DISTANCE_BINS, 1)
        distance_rows = old.weight.data[net.classes :]
        new.weight.data = torch.cat(
            [*(old.weight.data[row].mean(0, True) for row in rows), distance_rows]
        )
        seven = torch.stack([bias[row].mean() for row in rows])
        new.bias = nn.Parameter(torch.cat([seven, bias[net.classes :]]))
        cast(nn.Sequential, head)[1] = new
    net.classes = len(CLASSES)
    return net
