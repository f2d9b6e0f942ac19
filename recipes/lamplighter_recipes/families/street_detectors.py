"""What all families of detectors of road users share: cards, pictures, loss and figures.

They differ in what a new network begins with. A parent is built as its card says, whichever family
it is of: the teacher of one may be of another.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamplighter_recipes.tasks.detection.evaluator import EVALUATOR

if TYPE_CHECKING:
    from lamplighter_recipes.families.street_training import StreetTraining
    from lamplighter_recipes.preparing.prepare import TrainRequest
    from lamplighter_recipes.tasks.detection.networks.detector import Detector


class StreetDetectors:
    """Detectors on disk: fp16 tensors in safetensors beside a card with their widths.

    Attributes:
        start: how cards name what a network begins with unless a request names a parent.
    """

    evaluator = EVALUATOR
    start = ""

    def own_start(self, request: "TrainRequest") -> "Detector":
        """What a network begins with unless a request names a parent."""
        raise NotImplementedError

    def load(self, name: str, weights_dir: Path) -> "Detector":
        """A parent by its name."""
        from lamplighter_recipes.tasks.detection.weights import load_parent

        return load_parent(name, weights_dir)

    def save(
        self, network: "Detector", name: str, weights_dir: Path, card: Mapping[str, Any]
    ) -> Path:
        """Weights and card; each file appears whole or not at all."""
        from lamplighter_recipes.tasks.detection.weights import save_parent

        return save_parent(network, name, weights_dir, dict(card))

    def starting_point(self, request: "TrainRequest") -> "Detector":
        """A parent, or the family's own start."""
        if request.start in ("", self.start):
            return self.own_start(request)
        return self.load(request.start, request.weights_dir)

    def training(self, request: "TrainRequest") -> "StreetTraining":
        """Scenes, and the first part of real videos."""
        from lamplighter_recipes.families.street_training import street_training

        return street_training(request, request.start or self.start)

    def measure(self, network: "Detector", request: "TrainRequest") -> dict[str, Any]:
        """Figures on labelled folders and on real videos, as far as the request names some."""
        from lamplighter_recipes.families.street_training import accuracy_table, real_video

        accuracy = accuracy_table(network, request.validation, request.test)
        return {"accuracy": accuracy, **real_video(network, request, accuracy)}
