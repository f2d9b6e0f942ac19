"""NanoDet-g: a one-stage anchor-free detector of plain convolutions.

The backbone is a chain of cross-stage-partial stages (Wang et al., CSPNet, 2020), the neck a
path aggregation network (Liu et al., 2018) and the head predicts, per cell, class logits and four
distributions over distances (Li et al., Generalized Focal Loss, 2020). Upstream:
github.com/RangiLyu/nanodet, Apache-2.0.

Every width is data (`NanoDetArchitecture`), so that a structurally pruned network is the same
class with other numbers. The twin with ReLUs has the same tensors; no runtime leaves one of its
operators in float, nor does a maximum of what is never negative need a padding of minus infinity.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal, cast

import torch
from lamplighter_wire.tasks.detection import CLASSES
from torch import Tensor, nn

from lamplighter_recipes.tasks.detection.networks.detector import DISTANCE_BINS, DetectionNetwork
from lamplighter_recipes.tasks.detection.networks.neck import Neck
from lamplighter_recipes.tasks.detection.networks.widths import read_widths

LEAKY_SLOPE = 0.1
Activation = Literal["leaky_relu", "relu"]


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
class NanoDetArchitecture:
    """All widths of a NanoDet; `classes` is the number of class logits."""

    stem: int
    stages: tuple[StageWidths, ...]
    neck: int
    heads: tuple[int, int, int]
    classes: int
    activation: Activation = "leaky_relu"

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return asdict(self)

    def with_relu(self) -> "NanoDetArchitecture":
        """The same widths with ReLUs."""
        return replace(self, activation="relu")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "NanoDetArchitecture":
        """Inverse of `to_json`.

        Raises:
            RecipeError: when a width is missing or not an integer, or the activation unknown.
        """
        return read_widths(data, cls, "NanoDet")


FULL = NanoDetArchitecture(
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


class NanoDet(DetectionNetwork):
    """The network; with ReLUs in place of leaky ones where the widths say so."""

    family: ClassVar[str] = "nanodet-g"

    def __init__(self, widths: NanoDetArchitecture = FULL) -> None:
        super().__init__()
        self.classes = widths.classes
        self.activation = widths.activation
        self.stem = _act(3, widths.stem, 2)
        self.pool: nn.Module = nn.MaxPool2d(3, 2, 1)
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
        if widths.activation == "relu":
            # Zero is the least that a ReLU gives, and a padding that every accelerator has.
            self.pool = nn.Sequential(nn.ZeroPad2d(1), nn.MaxPool2d(3, 2))
            _use_relus(self)

    def forward(self, x: Tensor) -> list[Tensor]:
        """[N,3,H,W] float -> per-level logits; H and W are multiples of 32."""
        x = self.pool(self.stem(x))
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        maps = self.neck(features[1:])
        return [head(level) for head, level in zip(self.heads, maps, strict=True)]

    @property
    def architecture(self) -> NanoDetArchitecture:
        """The present widths."""
        stages = tuple(
            StageWidths(
                _width(stage.enter),
                tuple((_width(block.first), _width(block.second)) for block in _blocks(stage)),
                _width(stage.leave),
            )
            for stage in cast("list[Stage]", list(self.stages))
        )
        first, second, third = (_width(act) for act, _ in heads_of(self))
        return NanoDetArchitecture(
            _width(self.stem),
            stages,
            self.neck.width,
            (first, second, third),
            self.classes,
            self.activation,
        )


def _use_relus(network: nn.Module) -> None:
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.LeakyReLU):
                setattr(parent, name, nn.ReLU())


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
