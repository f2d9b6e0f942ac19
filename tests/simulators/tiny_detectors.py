"""Detectors of every kind with a few channels and random weights."""

import torch
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import (
    BlockWidths,
    HeadWidths,
    MobileNetV3Architecture,
    MobileNetV3Detector,
)
from lamplighter_recipes.tasks.detection.networks.nanodet import NanoDet
from torch import nn

from tests.simulators.recipe_rig import PRUNABLE

TINY_MOBILENET = MobileNetV3Architecture(
    stem=16,
    blocks=(
        BlockWidths(0, 16, 3, 2, 8, "relu", joined=False),
        BlockWidths(32, 16, 3, 2, 0, "relu", joined=False),
        BlockWidths(32, 16, 5, 2, 16, "hard_swish", joined=False),
        BlockWidths(32, 16, 5, 1, 16, "hard_swish", joined=True),
        BlockWidths(32, 16, 5, 2, 16, "hard_swish", joined=False),
    ),
    neck=16,
    heads=(HeadWidths(16, 16),) * 3,
    classes=7,
    norms=True,
)
KINDS = {
    "nanodet": (NanoDet, PRUNABLE),
    "nanodet-relu": (NanoDet, PRUNABLE.with_relu()),
    "mobilenetv3": (MobileNetV3Detector, TINY_MOBILENET),
    "mobilenetv3-relu": (MobileNetV3Detector, TINY_MOBILENET.with_relu()),
}


def tiny_of(kind: str, seed: int = 0) -> Detector:
    """One of `KINDS` whose answers differ over a picture; batch norms have seen something."""
    torch.manual_seed(seed)
    network, widths = KINDS[kind]
    net = network(widths)  # type: ignore[arg-type]
    for head in net.heads:
        nn.init.normal_(head[-1].weight, std=0.3)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(std=0.2)
            module.running_var.uniform_(0.5, 2.0)
    return Detector(net).eval()
