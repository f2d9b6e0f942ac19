"""What all families of detectors of road users share: cards, pictures, loss and figures.

They differ in what a new network begins with. A parent is built as its card says, whichever family
it is of: the teacher of one may be of another.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lamplighter_wire.decoders.decoder import Decoder

from lamplighter_recipes.recipe.model_families import facts_of_family
from lamplighter_recipes.recipe.own_model import facts_of_parent
from lamplighter_recipes.tasks.detection.evaluator import DetectionEvaluator, evaluator_reading

if TYPE_CHECKING:
    from lamplighter_recipes.families.street_training import StreetTraining
    from lamplighter_recipes.preparing.prepare import TrainRequest
    from lamplighter_recipes.tasks.detection.networks.detector import CellDetector, Detector


class StreetDetectors:
    """Detectors on disk: fp16 tensors in safetensors beside a card with their widths.

    Attributes:
        name: of the family.
        start: how cards name what a network begins with unless a request names a parent.
    """

    name = ""
    start = ""

    def __init__(self, decoder: Decoder | None = None) -> None:
        """`decoder`: of one parent; left out: of what the family exports."""
        self._decoder = decoder

    @cached_property
    def evaluator(self) -> DetectionEvaluator:
        """Reads what is exported."""
        decoder = self._decoder
        if decoder is None:
            decoder = facts_of_family(self.name).decoder
        return evaluator_reading(decoder)

    def of_parent(self, name: str, weights_dir: Path) -> Self:
        """The family as one parent has it: a finished graph gives other outputs.

        Raises:
            RecipeError: as `facts_of_parent`.
        """
        return type(self)(facts_of_parent(self.name, name, weights_dir).decoder)

    def exported(self, network: "Detector", *, channels_last: bool) -> "CellDetector":
        """Logits and distributions of all cells."""
        from lamplighter_recipes.tasks.detection.networks.detector import CellDetector

        return CellDetector(network.net, channels_last=channels_last).eval()

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
