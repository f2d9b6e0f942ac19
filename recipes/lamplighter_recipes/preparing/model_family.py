"""What the workshop must know of a family of networks: the seam that every family fits.

Neither this module nor that of a family imports torch by itself: a further variant of a parent
that has been exported needs none.
"""

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.model_families import FAMILIES
from lamplighter_recipes.tasks.evaluator import Evaluator

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lamplighter_recipes.preparing.batches import Batch, TrainConfig
    from lamplighter_recipes.preparing.prepare import TrainRequest


class Training(Protocol):
    """What a network is trained on, and what is minimised."""

    def batches(self, config: "TrainConfig", seed: int) -> "Iterator[Batch]":
        """An endless stream of pictures uint8 [N, H, W, 3] with their labels."""

    def loss(
        self,
        network: "nn.Module",
        images: "Tensor",
        labels: Any,
        teacher: "nn.Module | None",
        config: "TrainConfig",
    ) -> "tuple[Tensor, Mapping[str, float]]":
        """What is minimised on a batch, the teacher's part included; and its parts, for the log."""

    def facts(self) -> dict[str, Any]:
        """What the parent's card says of the training data."""


class ModelFamily(Protocol):
    """Networks of one kind. As served they take uint8 [N, H, W, 3] and give what the evaluator's
    task reads."""

    @property
    def evaluator(self) -> Evaluator:
        """Of the task that they are for."""

    def load(self, name: str, weights_dir: Path) -> "nn.Module":
        """A parent with its weights, as served.

        Raises:
            RecipeError: they are missing, damaged, or another family's.
        """

    def save(
        self, network: "nn.Module", name: str, weights_dir: Path, card: Mapping[str, Any]
    ) -> Path:
        """Write a parent and its card; returns the card's path."""

    def starting_point(self, request: "TrainRequest") -> "nn.Module":
        """What the first technique of a recipe's `prepare` gets."""

    def training(self, request: "TrainRequest") -> Training:
        """What a request says to train on."""

    def measure(self, network: "nn.Module", request: "TrainRequest") -> dict[str, Any]:
        """What the parent's card says of its quality: `accuracy` by size and regime."""


@runtime_checkable
class ExportsOtherwise(Protocol):
    """What a family has, too, whose networks give other outputs on devices than in training."""

    def exported(self, network: "nn.Module", *, channels_last: bool) -> "nn.Module":
        """The network as it is exported: what it gives, the family's decoder reads.

        `channels_last`: of the runtime's tensors.
        """


@runtime_checkable
class VariesByParent(Protocol):
    """What a family has, too, whose parents differ in task or evaluator."""

    def of_parent(self, name: str, weights_dir: Path) -> ModelFamily:
        """The family as one parent has it.

        Raises:
            RecipeError: there is no such parent.
        """


def family_of_parent(family: str, name: str, weights_dir: Path) -> ModelFamily:
    """The family of a parent, as that parent has it.

    Raises:
        RecipeError: as `find_family`, or there is no such parent.
    """
    code = find_family(family)
    return code.of_parent(name, weights_dir) if isinstance(code, VariesByParent) else code


def find_family(name: str) -> ModelFamily:
    """Import one family.

    Raises:
        RecipeError: there is none of this name, or its module has no `FAMILY`.
    """
    module = importlib.import_module(FAMILIES.module(name))
    family: ModelFamily | None = getattr(module, "FAMILY", None)
    if family is None:
        raise RecipeError(f"{module.__name__} has no FAMILY", remedy="name the family so in it")
    return family
