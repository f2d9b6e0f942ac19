"""A one-stage detector with the backbone of MobileNetV3-small, and its twin with ReLU6 alone.

Blocks: expansion, depthwise convolution, squeeze-and-excite, projection, with ReLU in the fine
stages and hard-swish in the coarse ones (Howard et al., Searching for MobileNetV3, ICCV 2019). Neck
and distances are NanoDet's; the heads are depthwise-separable. The twin has ReLU6 everywhere and no
squeeze-and-excite: operators that every runtime has in 8 bits.

It is trained with batch norms, which `fold_norms` puts into the convolutions: weights on disk have
none, and are trained further without.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal, cast

from lamplighter_wire.tasks.detection import CLASSES, STRIDES
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lamplighter_recipes.tasks.detection.networks.detector import DISTANCE_BINS, DetectionNetwork
from lamplighter_recipes.tasks.detection.networks.neck import Neck
from lamplighter_recipes.tasks.detection.networks.widths import read_widths

Activation = Literal["relu", "relu6", "hard_swish"]
ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "hard_swish": nn.Hardswish,
}
PRIOR_LOGIT = -4.6  # of every class at first: 1 % of the cells hold an object


@dataclass(frozen=True)
class BlockWidths:
    """One inverted residual block: channels inside and after it, its kernel and stride.

    `expand` is 0 where the depthwise convolution stands at the beginning, `squeeze` the width
    inside squeeze-and-excite or 0 without it, `joined` whether the input is added to the output.
    """

    expand: int
    out: int
    kernel: int
    stride: int
    squeeze: int
    activation: Activation
    joined: bool


@dataclass(frozen=True)
class HeadWidths:
    """Channels after the two separable convolutions of a head."""

    middle: int
    out: int


@dataclass(frozen=True)
class MobileNetV3Architecture:
    """All widths. `activation`: of stem and heads; `norms`: behind every convolution of them."""

    stem: int
    blocks: tuple[BlockWidths, ...]
    neck: int
    heads: tuple[HeadWidths, HeadWidths, HeadWidths]
    classes: int
    activation: Activation = "hard_swish"
    norms: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return asdict(self)

    def with_relu(self) -> "MobileNetV3Architecture":
        """The same widths with ReLU6 and without squeeze-and-excite."""
        blocks = tuple(replace(block, squeeze=0, activation="relu6") for block in self.blocks)
        return replace(self, blocks=blocks, activation="relu6")

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "MobileNetV3Architecture":
        """Inverse of `to_json`.

        Raises:
            RecipeError: when a width is missing or no integer, or an activation unknown.
        """
        return read_widths(data, cls, "MobileNetV3")


SMALL = MobileNetV3Architecture(
    stem=16,
    blocks=(
        BlockWidths(0, 16, 3, 2, 8, "relu", joined=False),
        BlockWidths(72, 24, 3, 2, 0, "relu", joined=False),
        BlockWidths(88, 24, 3, 1, 0, "relu", joined=True),
        BlockWidths(96, 40, 5, 2, 24, "hard_swish", joined=False),
        BlockWidths(240, 40, 5, 1, 64, "hard_swish", joined=True),
        BlockWidths(240, 40, 5, 1, 64, "hard_swish", joined=True),
        BlockWidths(120, 48, 5, 1, 32, "hard_swish", joined=False),
        BlockWidths(144, 48, 5, 1, 40, "hard_swish", joined=True),
        BlockWidths(288, 96, 5, 2, 72, "hard_swish", joined=False),
        BlockWidths(576, 96, 5, 1, 144, "hard_swish", joined=True),
        BlockWidths(576, 96, 5, 1, 144, "hard_swish", joined=True),
    ),
    neck=96,
    heads=(HeadWidths(96, 96),) * 3,
    classes=len(CLASSES),
    norms=True,
)


@dataclass(frozen=True)
class _Convolution:
    """How the convolutions of one block or head are made."""

    activation: Activation
    norms: bool

    def of(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        depthwise: bool = False,
        active: bool = True,
    ) -> nn.Sequential:
        """Convolution, norm, activation; the latter two do nothing where they are left out."""
        groups = inputs if depthwise else 1
        bias = not self.norms
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias),
            nn.BatchNorm2d(outputs) if self.norms else nn.Identity(),
            ACTIVATIONS[self.activation]() if active else nn.Identity(),
        )


class SqueezeExcite(nn.Module):
    """Each channel times a gate from 0 to 1 that the whole picture sets (Hu et al., CVPR 2018)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, width, 1),
            nn.ReLU(),
            nn.Conv2d(width, channels, 1),
            nn.Hardsigmoid(),
        )

    @property
    def width(self) -> int:
        """Channels between the two convolutions."""
        return cast(nn.Conv2d, self.gate[1]).out_channels

    def forward(self, x: Tensor) -> Tensor:
        """[N,C,H,W] -> the same shape."""
        gated: Tensor = x * self.gate(x)
        return gated


class Block(nn.Module):
    """An inverted residual block."""

    def __init__(self, inputs: int, widths: BlockWidths, *, norms: bool) -> None:
        super().__init__()
        self.activation, self.joined = widths.activation, widths.joined
        make = _Convolution(widths.activation, norms)
        inner = widths.expand or inputs
        self.expand: nn.Module = make.of(inputs, inner) if widths.expand else nn.Identity()
        self.depthwise = make.of(inner, inner, widths.kernel, widths.stride, depthwise=True)
        self.squeeze = SqueezeExcite(inner, widths.squeeze) if widths.squeeze else nn.Identity()
        self.project = make.of(inner, widths.out, active=False)

    @property
    def widths(self) -> BlockWidths:
        """The present ones."""
        spatial = cast(nn.Conv2d, self.depthwise[0])
        return BlockWidths(
            _width(self.expand) if isinstance(self.expand, nn.Sequential) else 0,
            _width(self.project),
            spatial.kernel_size[0],
            spatial.stride[0],
            self.squeeze.width if isinstance(self.squeeze, SqueezeExcite) else 0,
            self.activation,
            self.joined,
        )

    def forward(self, x: Tensor) -> Tensor:
        """[N,C,H,W] -> [N,out,H/stride,W/stride]."""
        y: Tensor = self.project(self.squeeze(self.depthwise(self.expand(x))))
        return x + y if self.joined else y


class MobileNetV3Detector(DetectionNetwork):
    """The network; new ones have random weights."""

    family: ClassVar[str] = "mobilenetv3"

    def __init__(self, widths: MobileNetV3Architecture = SMALL) -> None:
        super().__init__()
        self.classes, self.activation = widths.classes, widths.activation
        make = _Convolution(widths.activation, widths.norms)
        self.stem = make.of(3, widths.stem, 3, 2)
        channels = [widths.stem, *(block.out for block in widths.blocks)]
        self.blocks = nn.ModuleList(
            Block(inputs, block, norms=widths.norms)
            for inputs, block in zip(channels, widths.blocks, strict=False)
        )
        self.neck = Neck([widths.blocks[level].out for level in self.levels], widths.neck)
        outputs = widths.classes + 4 * DISTANCE_BINS
        self.heads = nn.ModuleList(_head(make, widths.neck, h, outputs) for h in widths.heads)
        self.apply(_initialise)
        for output in self._outputs():
            nn.init.normal_(output.weight, std=0.01)
            nn.init.constant_(cast(Tensor, output.bias)[: widths.classes], PRIOR_LOGIT)

    @property
    def levels(self) -> tuple[int, ...]:
        """The present blocks that give the maps of the strides that are decoded."""
        return _last_at_each_stride(
            cast(nn.Conv2d, cast(Block, block).depthwise[0]).stride[0] for block in self.blocks
        )

    def _outputs(self) -> list[nn.Conv2d]:
        return [cast(nn.Conv2d, cast(nn.Sequential, head)[-1]) for head in self.heads]

    def forward(self, x: Tensor) -> list[Tensor]:
        """[N,3,H,W] float -> per-level logits."""
        x = self.stem(x)
        features, levels = [], self.levels
        for place, block in enumerate(self.blocks):
            x = block(x)
            if place in levels:
                features.append(x)
        return [head(level) for head, level in zip(self.heads, self.neck(features), strict=True)]

    @property
    def architecture(self) -> MobileNetV3Architecture:
        """The present widths."""
        first, second, third = (
            HeadWidths(_width(head[1]), _width(head[3]))
            for head in cast("list[nn.Sequential]", list(self.heads))
        )
        return MobileNetV3Architecture(
            _width(self.stem),
            tuple(block.widths for block in cast("list[Block]", list(self.blocks))),
            self.neck.width,
            (first, second, third),
            self.classes,
            self.activation,
            isinstance(self.stem[1], nn.BatchNorm2d),
        )


def _head(make: _Convolution, neck: int, widths: HeadWidths, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        make.of(neck, neck, 3, depthwise=True),
        make.of(neck, widths.middle),
        make.of(widths.middle, widths.middle, 3, depthwise=True),
        make.of(widths.middle, widths.out),
        nn.Conv2d(widths.out, outputs, 1),
    )


def _last_at_each_stride(strides: Iterable[int]) -> tuple[int, ...]:
    """Which blocks of these strides give the maps that are decoded."""
    last, stride = {}, 2
    for place, of_block in enumerate(strides):
        stride *= of_block
        last[stride] = place
    return tuple(last[stride] for stride in STRIDES)


def _width(convolution: nn.Module) -> int:
    return cast(nn.Conv2d, cast(nn.Sequential, convolution)[0]).out_channels


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def fold_norms(net: nn.Module) -> None:
    """Put each batch norm into the convolution before it, in place; the answers stay the same."""
    for triple in [m for m in net.modules() if isinstance(m, nn.Sequential) and len(m) > 1]:
        if isinstance(triple[1], nn.BatchNorm2d):
            triple[0] = fuse_conv_bn_eval(cast(nn.Conv2d, triple[0]).eval(), triple[1].eval())
            triple[1] = nn.Identity()
