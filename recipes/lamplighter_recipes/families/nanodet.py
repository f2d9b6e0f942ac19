"""NanoDet-g, for detection. Its network is `tasks/detection/nanodet.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamplighter_recipes.tasks.detection.evaluator import EVALUATOR

if TYPE_CHECKING:
    from lamplighter_recipes.families.nanodet_training import StreetTraining
    from lamplighter_recipes.preparing.prepare import TrainRequest
    from lamplighter_recipes.tasks.detection.nanodet import Detector


class NanoDetFamily:
    """Detectors on disk: fp16 tensors in safetensors beside a card with their widths."""

    evaluator = EVALUATOR

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
        """A parent, or the COCO-trained start."""
        from lamplighter_recipes.families.nanodet_training import starting_point

        return starting_point(request)

    def training(self, request: "TrainRequest") -> "StreetTraining":
        """Scenes, and the first part of real videos."""
        from lamplighter_recipes.families.nanodet_training import street_training

        return street_training(request)

    def measure(self, network: "Detector", request: "TrainRequest") -> dict[str, Any]:
        """Figures on labelled folders and on real videos, as far as the request names some."""
        from lamplighter_recipes.families.nanodet_training import accuracy_table, real_video

        accuracy = accuracy_table(network, request.validation, request.test)
        return {"accuracy": accuracy, **real_video(network, request, accuracy)}


FAMILY = NanoDetFamily()
