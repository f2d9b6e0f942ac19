"""Add a model: check, fit, write materials, measure; it is there as a whole or not at all."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from lamplighter_wire.files import sync_folder, sync_tree, write_atomically

from lamplighter_recipes.building.build import compression_context, make_ahead
from lamplighter_recipes.building.evaluation import measure_parent
from lamplighter_recipes.building.parent_results import parent_results
from lamplighter_recipes.building.parents import Parent, prepared
from lamplighter_recipes.errors import ExportError
from lamplighter_recipes.own_models.data.materials import write_materials
from lamplighter_recipes.own_models.preflight import Plan, preflight
from lamplighter_recipes.own_models.recipes import write_recipes
from lamplighter_recipes.own_models.request import AddRequest
from lamplighter_recipes.own_models.shelf import (
    ACCURACY,
    RECIPES,
    UNFINISHED,
    changing,
    materials_of,
    model_folder,
)
from lamplighter_recipes.recipe.loader import load_recipe
from lamplighter_recipes.recipe.own_model import OWN_FAMILY, OwnModel, own_model_path
from lamplighter_recipes.variants.identity import Materials

DIGITS = 4
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Added:
    """What was added, and what was not: entries of its data by reason, and runtimes with the
    reason of each."""

    model: OwnModel
    recipes: list[str]
    left_out: dict[str, int]
    impossible: dict[str, str]
    seconds: float


def add_model(request: AddRequest, progress: Progress = lambda _share, _stage: None) -> Added:
    """Add a model to the folder of models.

    Raises:
        PreflightError: it cannot be added so; nothing was changed.
        RecipesError: it could not be fitted or measured; nothing was changed.
    """
    began = time.perf_counter()
    progress(0.0, "check")
    plan = preflight(request)
    with changing(request.models_dir):
        model, recipes, impossible = _placed(plan, progress)
    progress(1.0, "done")
    seconds = round(time.perf_counter() - began, 1)
    return Added(model, recipes, dict(plan.data.left_out), impossible, seconds)


def _placed(plan: Plan, progress: Progress) -> tuple[OwnModel, list[str], dict[str, str]]:
    """In a folder of another name first: it appears as a whole."""
    models_dir = plan.request.models_dir
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=models_dir))
    try:
        model, recipes, impossible = _write(plan, folder, progress)
        sync_tree(folder)
        folder.replace(model_folder(models_dir, model.name))
        sync_folder(models_dir)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return model, recipes, impossible


def _write(
    plan: Plan, folder: Path, progress: Progress
) -> tuple[OwnModel, list[str], dict[str, str]]:
    request, folders = plan.request, materials_of(folder, plan.request.cache_dir)
    folders.weights_dir.mkdir()
    progress(0.1, "fit the network")
    written = plan.source.write(plan.interface, request.name, folders.weights_dir)
    progress(0.4, "write its data")
    pictures = write_materials(plan.data, folder, request.pictures)
    model = OwnModel(
        name=request.name,
        task=plan.task,
        decoder=plan.decoder,
        sizes=list(plan.interface.sizes),
        runtime=plan.source.runtime,
        source=request.source,
        source_sha256=_digest(request.source),
        licence=request.licence,
        classes=list(plan.classes),
        pictures=pictures,
    )
    _keep(model, folders.weights_dir)
    progress(0.6, "measure its accuracy")
    parent = prepared(model.name, folders.weights_dir, folders.cache_dir, OWN_FAMILY)
    measure_parent(parent, request.judged_on or folders.evaluation_dir)
    names = write_recipes(model, written.runtimes, folder / RECIPES)
    recipes, impossible = _calibrated(names, folder, folders, progress)
    accuracy = {size: _accuracy(parent, folders.evaluation_dir, size) for size in model.sizes}
    (folder / ACCURACY).write_bytes(msgspec.json.encode(accuracy))
    model = msgspec.structs.replace(model, accuracy=accuracy)
    return model, recipes, dict(written.impossible) | impossible


def _calibrated(
    names: list[str], folder: Path, folders: Materials, progress: Progress
) -> tuple[list[str], dict[str, str]]:
    """The recipes whose tools take the network; the others are taken away, and why, by runtime."""
    possible, impossible = [], {}
    for number, name in enumerate(names):
        progress(0.7 + 0.3 * number / len(names), f"calibrate {name}")
        path = folder / RECIPES / f"{name}.toml"
        recipe = load_recipe(path)
        try:
            make_ahead(recipe, compression_context(recipe, folders, ""))
        except ExportError as error:
            impossible[recipe.runtime] = str(error)
            path.unlink()
        else:
            possible.append(name)
    return possible, impossible


def _keep(model: OwnModel, weights_dir: Path) -> None:
    path = own_model_path(model.name, weights_dir)
    write_atomically(path, [msgspec.json.format(msgspec.json.encode(model)), b"\n"])


def _accuracy(parent: Parent, evaluation_dir: Path, size: str) -> float:
    """Over all pictures of its own data."""
    frames = parent.evaluator.load_frames(evaluation_dir)
    return round(parent.evaluator.quality(parent_results(parent, frames, size)), DIGITS)


def _digest(source: str) -> str:
    path = Path(source)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
