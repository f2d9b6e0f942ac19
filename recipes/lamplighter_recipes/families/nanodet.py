"""NanoDet-g and its twin with ReLUs. The network is `tasks/detection/networks/nanodet.py`."""

from typing import TYPE_CHECKING

from lamplighter_recipes.families.street_detectors import StreetDetectors

if TYPE_CHECKING:
    from lamplighter_recipes.preparing.prepare import TrainRequest
    from lamplighter_recipes.tasks.detection.networks.detector import Detector


class NanoDetFamily(StreetDetectors):
    """They begin with weights trained on COCO."""

    name, start = "nanodet", "coco"

    def own_start(self, request: "TrainRequest") -> "Detector":
        """The seven classes of the COCO-trained network."""
        from lamplighter_recipes.families.street_training import coco_start

        return coco_start(request)


FAMILY = NanoDetFamily()
