"""Read recipe files. Every complaint names the file, the key and the remedy."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from lamplighter_wire.rules.sizes import SIZE_MULTIPLE, parse_size, tiles

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.artifact_kinds import check_artifacts
from lamplighter_recipes.recipe.model_families import facts_of_family
from lamplighter_recipes.recipe.schema import NAME_PATTERN, Recipe, Step
from lamplighter_recipes.recipe.step_order import check_order
from lamplighter_recipes.recipe.technique_registry import (
    configure,
    precision_of,
    technique_names,
)

CATALOG_DIR = Path(__file__).parents[1] / "catalog"
# A recipe is a page of text; anything larger is not one.
MAX_RECIPE_BYTES = 64 * 1024
STAGES = ("prepare", "specialise")
SEE_FIELDS = "see docs/reference/recipe-fields.md"


def load_catalogue(extra_dir: Path | None = None) -> dict[str, Recipe]:
    """All recipes by name: the built-in ones and those of `extra_dir`.

    Raises:
        RecipeError: for the first file that is broken or repeats a name, or no such folder.
    """
    folders = [CATALOG_DIR, *([extra_dir] if extra_dir else [])]
    if not folders[-1].is_dir():
        remedy = "name a folder that is there, or none"
        raise RecipeError("there is no such folder of recipes", file=str(extra_dir), remedy=remedy)
    recipes: dict[str, Recipe] = {}
    for path in (file for folder in folders for file in sorted(folder.glob("*.toml"))):
        recipe = load_recipe(path)
        if recipe.name in recipes:
            raise RecipeError(
                f"the name {recipe.name!r} is taken by another recipe",
                file=str(path),
                key="name",
                remedy="give the recipe and its file another name",
            )
        recipes[recipe.name] = recipe
    return recipes


def load_recipe(path: Path) -> Recipe:
    """Read and check one recipe file, without importing its techniques.

    Raises:
        RecipeError: naming file, key and remedy.
    """
    data = _read(path)
    file = str(path)
    for stage in STAGES:
        data[stage] = [
            _step(step, file, f"{stage}[{i}]")
            for i, step in enumerate(_tables(data.get(stage, []), file, stage))
        ]
    if "family" in data:
        data = {"model": data["family"], "sizes": _family_sizes(data["family"], file), **data}
    try:
        recipe = msgspec.convert(data, Recipe)
        check_artifacts(recipe)
        check_order(recipe)
        precision = precision_of(recipe.specialise)
    except msgspec.ValidationError as error:
        raise _translated(error, file) from error
    except RecipeError as error:
        raise _placed(error, error.file or file, error.key) from error
    if data.get("precision", precision) != precision:
        raise RecipeError(
            f"{data['precision']!r} does not fit the steps, which make {precision.value!r}",
            file=file,
            key="precision",
            remedy="leave it out: it follows from the steps",
        )
    recipe = msgspec.structs.replace(recipe, precision=precision)
    _check(recipe, path)
    return recipe


def check_recipe(recipe: Recipe, file: str = "") -> None:
    """Also check each technique's parameters; imports the techniques (and so perhaps torch).

    Raises:
        RecipeError: naming file, key and remedy.
    """
    for stage in STAGES:
        steps: list[Step] = getattr(recipe, stage)
        for i, step in enumerate(steps):
            try:
                configure(step, stage)  # type: ignore[arg-type]
            except RecipeError as error:
                place = f"{stage}[{i}]" + (f".{error.key}" if error.key else "")
                raise _placed(error, file or recipe.name, place) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_RECIPE_BYTES:
            raise RecipeError(
                f"{len(raw)} bytes is too large", file=str(path), remedy="is this a recipe file?"
            )
        return tomllib.loads(raw.decode())
    except OSError as error:
        raise RecipeError(
            f"cannot be read: {error.strerror}", file=str(path), remedy="check path and rights"
        ) from error
    except ValueError as error:
        raise RecipeError(
            f"is not TOML: {error}", file=str(path), remedy="mend the line it names"
        ) from error


def _tables(value: Any, file: str, key: str) -> list[dict[str, Any]]:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise RecipeError("must be a list of tables", file=file, key=key, remedy=f"write [[{key}]]")


def _step(table: dict[str, Any], file: str, place: str) -> dict[str, Any]:
    name = table.get("technique")
    if not isinstance(name, str) or name not in technique_names():
        names = ", ".join(technique_names())
        raise RecipeError(
            f"no technique {name!r}" if name else "is missing",
            file=file,
            key=f"{place}.technique",
            remedy=f"use one of: {names}",
        )
    return {"technique": name, "params": {k: v for k, v in table.items() if k != "technique"}}


def _family_sizes(family: Any, file: str) -> list[str]:
    try:
        return facts_of_family(str(family)).sizes
    except RecipeError as error:
        raise _placed(error, error.file or file, error.key) from error


def _translated(error: msgspec.ValidationError, file: str) -> RecipeError:
    message, _, path = str(error).partition(" - at `$.")
    named = re.search(r"(?:field|required field) `([^`]+)`", message)
    key = path.rstrip("`") or (named.group(1) if named else "")
    return RecipeError(message, file=file, key=key, remedy=SEE_FIELDS)


def _placed(error: RecipeError, file: str, key: str) -> RecipeError:
    plain = str(error).split(" Remedy: ")[0].removeprefix(f"key {error.key!r}: ")
    return RecipeError(plain, file=file, key=key, remedy=error.remedy)


def _check(recipe: Recipe, path: Path) -> None:
    file = str(path)
    if not re.match(NAME_PATTERN, recipe.name):
        raise RecipeError(
            f"{recipe.name!r} is not a name",
            file=file,
            key="name",
            remedy="use 1 to 40 of a-z, 0-9 and '-'",
        )
    if recipe.name != path.stem:
        raise RecipeError(
            f"{recipe.name!r} differs from the file's name",
            file=file,
            key="name",
            remedy=f"name the file {recipe.name}.toml",
        )
    if not recipe.sizes:
        raise RecipeError("is empty", file=file, key="sizes", remedy="name one size at least")
    tiled = facts_of_family(recipe.family).tiled
    for i, size in enumerate(recipe.sizes):
        try:
            _check_size(size, tiled)
        except ValueError as error:
            raise RecipeError(
                str(error), file=file, key=f"sizes[{i}]", remedy="use for instance '384x288'"
            ) from error


def _check_size(size: str, tiled: bool) -> None:
    width, height = parse_size(size)
    if tiled and not tiles(width, height):
        raise ValueError(f"{size!r}: width and height must be multiples of {SIZE_MULTIPLE}")
