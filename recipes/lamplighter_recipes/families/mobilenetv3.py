"""MobileNetV3-small detectors and their twins with ReLU6.

The network is `tasks/detection/networks/mobilenetv3.py`.
"""

from typing import TYPE_CHECKING

from lamplighter_recipes.families.street_detectors import StreetDetectors

if TYPE_CHECKING:
    from lamplighter_recipes.preparing.prepare import TrainRequest
    from lamplighter_recipes.tasks.detection.networks.detector import Detector


class MobileNetV3Family(StreetDetectors):
    """They begin with nothing: there are no weights of this network that may be given away."""

    name, start = "mobilenetv3", "random"

    def own_start(self, request: "TrainRequest") -> "Detector":
        """Random weights, set by the request's seed, and batch norms."""
        import torch

        from lamplighter_recipes.tasks.detection.networks.detector import Detector
        from lamplighter_recipes.tasks.detection.networks.mobilenetv3 import MobileNetV3Detector

        torch.manual_seed(request.train.seed)
        return Detector(MobileNetV3Detector())


FAMILY = MobileNetV3Family()
