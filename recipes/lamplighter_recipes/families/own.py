"""Users' own models: each brings what a family knows of itself, and none is trained here."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lamplighter_wire.tasks.classification import Classification
from lamplighter_wire.tasks.detection import Detection
from lamplighter_wire.tasks.registry import find_task, task_reading

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.own_model import OwnModel, own_model, own_model_path
from lamplighter_recipes.tasks.classification.evaluator import ClassificationEvaluator
from lamplighter_recipes.tasks.detection.evaluator import EVALUATOR, DetectionEvaluator
from lamplighter_recipes.tasks.evaluator import Evaluator

if TYPE_CHECKING:
    from torch import nn

    from lamplighter_recipes.preparing.model_family import Training
    from lamplighter_recipes.preparing.prepare import TrainRequest


class OwnFamily:
    """Of one model, or of none yet."""

    def __init__(self, evaluator: Evaluator = EVALUATOR) -> None:
        self.evaluator = evaluator

    def of_parent(self, name: str, weights_dir: Path) -> "OwnFamily":
        """The family as one model has it.

        Raises:
            RecipeError: there is no such model.
        """
        model = own_model(name, weights_dir)
        if model is None:
            raise RecipeError(
                f"no model {name!r} was added",
                file=str(own_model_path(name, weights_dir)),
                key="parent",
                remedy="add it with `lamplighter model add`",
            )
        return OwnFamily(evaluator_of(model))

    def load(self, name: str, weights_dir: Path) -> "nn.Module":  # noqa: ARG002 - the seam's
        """Its network was exported when it was added, and is not kept."""
        _refuse(name)

    def save(
        self,
        network: "nn.Module",  # noqa: ARG002
        name: str,
        weights_dir: Path,  # noqa: ARG002
        card: Mapping[str, Any],  # noqa: ARG002
    ) -> Path:
        """It is not trained here."""
        _refuse(name)

    def starting_point(self, request: "TrainRequest") -> "nn.Module":
        """It is not trained here."""
        _refuse(request.recipe.parent)

    def training(self, request: "TrainRequest") -> "Training":
        """It is not trained here."""
        _refuse(request.recipe.parent)

    def measure(self, network: "nn.Module", request: "TrainRequest") -> dict[str, Any]:  # noqa: ARG002
        """It is measured when it is added."""
        _refuse(request.recipe.parent)


def evaluator_of(model: OwnModel) -> Evaluator:
    """What judges the answers of a model.

    Raises:
        RecipeError: its task cannot be judged here.
        TaskError: there is no such task or decoder.
    """
    task = task_reading(find_task(model.task), model.decoder)
    if isinstance(task, Classification):
        return ClassificationEvaluator(task)
    if isinstance(task, Detection):
        return DetectionEvaluator(task)
    raise RecipeError(
        f"models for {model.task!r} cannot be added",
        key="task",
        remedy="use detection or classification",
    )


def _refuse(name: str) -> NoReturn:
    raise RecipeError(
        f"{name!r} is a finished model: it has no network to train or export",
        key="parent",
        remedy="train it where it was made, and add it again",
    )


FAMILY = OwnFamily()
