"""What detectors have between backbone and heads."""

from typing import cast

from torch import Tensor, nn
from torch.nn import functional


class Neck(nn.Module):
    """Path aggregation by bilinear resampling and addition; no convolution but the laterals.

    Liu et al., Path Aggregation Network, CVPR 2018.
    """

    def __init__(self, inputs: list[int], width: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in inputs)

    @property
    def width(self) -> int:
        """Channels of each map."""
        return cast(nn.Conv2d, self.laterals[0]).out_channels

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
