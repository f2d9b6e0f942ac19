"""ReLUs in place of other activations, and no squeeze-and-excite: operators of every runtime.

Saves time in 8 bits, where leaky ReLUs, hard-swish and gates are computed in float between two
conversions or not at all (an Edge TPU has neither); nothing in float. The twins of MobileNetV3 are
known as minimalistic (Howard et al., Searching for MobileNetV3, ICCV 2019). The twin's convolutions
are fitted to the network's, which gives most of the accuracy back; training may follow.
"""

import copy
from dataclasses import dataclass, replace
from itertools import islice

import torch
from lamplighter_wire.rules.sizes import MAIN_SIZE, parse_size

from lamplighter_recipes.preparing.reconstruction import FitConfig, fit_convolutions
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.tasks.detection.networks import relu_twin as networks
from lamplighter_recipes.tasks.detection.networks.detector import Detector
from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import fold_norms
from lamplighter_recipes.techniques.bounds import Count, NotNegative

BATCH = 8


@dataclass(frozen=True)
class ReluTwinConfig:
    """How many `pictures` it is fitted on; `positions` and `hold` as in `FitConfig`."""

    pictures: Count = 64
    positions: Count = 150
    hold: NotNegative = 0.01


@technique(ReluTwinConfig)
def relu_twin(detector: Detector, config: ReluTwinConfig, bench: Workbench) -> Detector:
    """The same widths with ReLUs, fitted to the network's own answers layer by layer."""
    detector = copy.deepcopy(detector)
    fold_norms(detector.net)
    settings = replace(bench.train, batch=BATCH, sizes=((*parse_size(MAIN_SIZE), 1.0),))
    batches = bench.training.batches(settings, settings.seed)
    pictures = torch.cat([images for images, _ in islice(batches, -(-config.pictures // BATCH))])
    twin = networks.relu_twin(detector, pictures.split(BATCH))
    fit = FitConfig(config.positions, config.hold, settings.seed)
    fit_convolutions(twin, detector, pictures, fit)
    return twin
