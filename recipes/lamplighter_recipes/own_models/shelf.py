"""The folder of models: one folder for each, laid out as materials are, with its recipes.

A model appears and disappears by one rename. Torch-free: the controller reads it.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.loader import load_recipe
from lamplighter_recipes.recipe.own_model import OwnModel, own_model
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.identity import Materials

MODELS = "models"  # the folder of all, in a controller's data
UNFINISHED = ".adding-"
LEAVING = ".leaving-"
LOCK = ".lock"
RECIPES = "recipes"
ACCURACY = "accuracy.json"


def model_folder(models_dir: Path, name: str) -> Path:
    """Where a model lies."""
    return models_dir / name


def materials_of(folder: Path, cache_dir: Path) -> Materials:
    """What the builds of one model read."""
    return Materials(
        weights_dir=folder / "weights",
        calibration_dir=folder / "calibration",
        evaluation_dir=folder / "evaluation",
        golden_dir=folder / "golden",
        cache_dir=cache_dir,
    )


def names_of(models_dir: Path) -> list[str]:
    """All models that were added."""
    if not models_dir.is_dir():
        return []
    return sorted(path.name for path in models_dir.iterdir() if not path.name.startswith("."))


def own_models(models_dir: Path) -> Iterator[OwnModel]:
    """All of them, with the accuracy on their own data.

    Raises:
        RecipeError: one is damaged.
    """
    for name in names_of(models_dir):
        folder = model_folder(models_dir, name)
        model = own_model(name, folder / "weights")
        if model is not None:
            accuracy = msgspec.json.decode((folder / ACCURACY).read_bytes())
            yield msgspec.structs.replace(model, accuracy=accuracy)


def recipes_of_model(models_dir: Path, name: str) -> dict[str, Recipe]:
    """The recipes of a model, by name.

    Raises:
        RecipeError: one is not in order.
    """
    files = sorted((model_folder(models_dir, name) / RECIPES).glob("*.toml"))
    return {recipe.name: recipe for recipe in map(load_recipe, files)}


def remove_model(models_dir: Path, name: str) -> None:
    """Take a model away. What devices serve of it they go on serving.

    Raises:
        RecipeError: there is none of this name, or another change is under way.
    """
    if name not in names_of(models_dir):
        known = ", ".join(names_of(models_dir)) or "none"
        raise RecipeError(f"no model {name!r} was added", key="name", remedy=f"known: {known}")
    with changing(models_dir):
        folder = models_dir / f"{LEAVING}{name}"
        model_folder(models_dir, name).replace(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def changing(models_dir: Path) -> Iterator[None]:
    """One change at a time; what a change left that was cut short is taken away first.

    Raises:
        RecipeError: another one is under way.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    with (models_dir / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RecipeError(
                "another model is being added or removed", remedy="wait for it, then try again"
            ) from error
        for path in models_dir.iterdir():
            if path.name.startswith((UNFINISHED, LEAVING)):
                shutil.rmtree(path, ignore_errors=True)
        yield
