"""Which recipes there are, and which materials the builds of each read: the city's, or those of a
user's own model."""

import logging
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.own_models.shelf import (
    RECIPES,
    materials_of,
    model_folder,
    names_of,
    recipes_of_model,
)
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.recipe.own_model import OWN_FAMILY, own_model
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.identity import Materials, parent_path
from lamplighter_wire.rules.accuracy import PICTURES, RENDERS
from lamplighter_wire.tasks.detection import DETECTION

from lamplighter_controller.workshop.file_states import FileState, file_state, folder_state

log = logging.getLogger(__name__)

LABELS = "annotations.json"


class MaterialSets:
    """The city's materials, further recipes, and the folder of models, as they are now."""

    def __init__(
        self, city: Materials, recipes_dir: Path | None = None, models_dir: Path | None = None
    ) -> None:
        self.city = city
        self._recipes_dir, self._models_dir = recipes_dir, models_dir

    def recipes(self) -> dict[str, Recipe]:
        """The catalogue, and what can be made of users' own models. A damaged one is left out, and
        so is a recipe that ships of whose parent the materials hold nothing.

        Raises:
            RecipeError: for a broken recipe file of the catalogue.
        """
        recipes = self._with_parents(load_catalogue(self._recipes_dir))
        if self._models_dir is None:
            return recipes
        for name in names_of(self._models_dir):
            own = _recipes_of(self._models_dir, name)
            recipes |= {key: recipe for key, recipe in own.items() if key not in recipes}
        return recipes

    def _with_parents(self, recipes: dict[str, Recipe]) -> dict[str, Recipe]:
        """Materials of one's own may be older than a recipe that ships, or leave a parent out.

        Where they hold none at all they are wrong as a whole, which whoever reads one will say.
        """
        weights = self.city.weights_dir
        lacking = {
            name
            for name, recipe in recipes.items()
            if name in self._shipped and not parent_path(recipe.parent, weights).exists()
        }
        if not lacking or lacking >= self._shipped:
            return recipes
        return {name: recipe for name, recipe in recipes.items() if name not in lacking}

    @cached_property
    def _shipped(self) -> frozenset[str]:
        return frozenset(load_catalogue())

    def of(self, recipe: Recipe) -> Materials:
        """What its builds read.

        Detectors are all judged on the city's pictures: a plan compares what was measured alike.
        """
        if recipe.family != OWN_FAMILY or self._models_dir is None:
            return self.city
        own = materials_of(model_folder(self._models_dir, recipe.parent), self.city.cache_dir)
        model = own_model(recipe.parent, own.weights_dir)
        if model is None or model.task != DETECTION.name or not has_labels(self.city):
            return own
        return replace(own, evaluation_dir=self.city.evaluation_dir)

    def state(self) -> list[FileState]:
        """Another value after a file has changed that recipes or builds are made from."""
        city, models = self.city, self._models_dir
        return [
            *(folder_state(self._recipes_dir, "*.toml") if self._recipes_dir else []),
            *folder_state(city.weights_dir, "*"),
            file_state(city.calibration_dir / LABELS),
            file_state(city.evaluation_dir / LABELS),
            *(folder_state(models, f"*/{RECIPES}/*.toml") if models else []),
            *(folder_state(models, "*/weights/*") if models else []),
        ]

    def models_state(self) -> FileState:
        """Another value after a model was added or removed; one look at the disk."""
        return file_state(self._models_dir) if self._models_dir else ("", 0, 0)


def has_labels(materials: Materials) -> bool:
    """Whether there are labelled pictures to judge by."""
    return (materials.evaluation_dir / LABELS).is_file()


def measured_on(materials: Materials) -> str:
    """What accuracies are measured on: renders, or pictures; empty: there is nothing to say it."""
    return _kind_of(file_state(materials.evaluation_dir / LABELS))


@lru_cache(maxsize=64)
def _kind_of(labels: FileState) -> str:
    try:
        content = msgspec.json.decode(Path(labels[0]).read_bytes(), type=_Labels)
    except (OSError, msgspec.MsgspecError):
        return ""
    about = str(content.info.get("description", ""))
    return RENDERS if about.startswith("rendered") else PICTURES


class _Labels(msgspec.Struct):
    """Of a COCO file, what it says of itself."""

    info: dict[str, object] = {}


def _recipes_of(models_dir: Path, name: str) -> dict[str, Recipe]:
    try:
        return recipes_of_model(models_dir, name)
    except RecipeError as error:
        log.warning("the model %s is left out: %s", name, error)
        return {}
