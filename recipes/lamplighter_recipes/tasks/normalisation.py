"""The first layer of a network: from a picture's bytes to normalised floats.

The export folds it into the convolution that follows.
"""

import torch
from torch import Tensor, nn

# ImageNet statistics in RGB order, on the 0..255 scale.
MEAN_RGB = (123.675, 116.28, 103.53)
STD_RGB = (58.395, 57.12, 57.375)


class Normalise(nn.Module):
    """uint8 [N,H,W,3] RGB -> float32 [N,3,H,W] with zero mean and unit variance."""

    mean: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN_RGB).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", 1 / torch.tensor(STD_RGB).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Permute, convert and scale."""
        return (images.permute(0, 3, 1, 2).float() - self.mean) * self.scale
