"""The jobs of the workshop: what each calls, which files it reads and which it leaves."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials, facts_path, parent_version

from lamplighter_controller.workshop.jobs import Job
from lamplighter_controller.workshop.offers import Offer

TASKS = "lamplighter_controller.workshop.tasks"
ALL = "**/*"


def prepare_job(
    materials: Materials,
    parents: Sequence[tuple[str, str]],
    unmeasured: Collection[str] = (),
    key: str = "prepare",
) -> Job:
    """Export the parents (name, family) that are not exported yet, and measure some of them."""
    names = [name for name, _ in parents]
    frames = {"evaluation_dir": [ALL]} if unmeasured else {}
    return Job(
        key=key,
        target=f"{TASKS}:prepare",
        payload={
            "parents": [list(parent) for parent in parents],
            "unmeasured": sorted(unmeasured),
        },
        materials=materials.names(),
        reads={**_of_parents(materials, names), **frames},
        writes=_prepared(materials, names),
    )


def calibrate_job(materials: Materials, key: str, recipes: Sequence[Recipe]) -> Job:
    """Export parents for the runtimes of recipes, and measure the ranges that these need."""
    parents = sorted({recipe.parent for recipe in recipes})
    return Job(
        key=key,
        target=f"{TASKS}:calibrate",
        payload={"recipes": [msgspec.to_builtins(recipe) for recipe in recipes]},
        materials=materials.names(),
        reads={**_of_parents(materials, parents), "calibration_dir": [ALL]},
        writes=_prepared(materials, parents),
        background=True,
    )


def build_job(materials: Materials, offer: Offer, created_at: float) -> Job:
    """Build a variant."""
    card = offer.card
    payload = {
        "recipe": msgspec.to_builtins(offer.recipe),
        "machine": offer.machine,
        "known": msgspec.to_builtins(offer.known) if offer.known else None,
        "created_at": created_at,
    }
    return _variant_job("build", card.id, materials, card, payload)


def evaluate_job(materials: Materials, card: VariantCard) -> Job:
    """Measure a built variant on all evaluation frames."""
    payload = {"card": msgspec.to_builtins(card)}
    key = f"evaluate {card.id}"
    job = _variant_job("evaluate_fully", key, materials, card, payload)
    return msgspec.structs.replace(job, background=True)


def _variant_job(
    name: str, key: str, materials: Materials, card: VariantCard, payload: dict[str, Any]
) -> Job:
    reads = _of_parents(materials, [card.parent])
    kept = f"variants/{card.id}/{ALL}"
    return Job(
        key=key,
        target=f"{TASKS}:{name}",
        payload=payload,
        materials=materials.names(),
        reads={
            "weights_dir": reads["weights_dir"],
            "calibration_dir": [ALL],
            "evaluation_dir": [ALL],
            "golden_dir": [ALL],
            "cache_dir": [*reads["cache_dir"], kept],
        },
        writes=[*_prepared(materials, [card.parent]), kept],
    )


def _of_parents(materials: Materials, parents: Sequence[str]) -> dict[str, list[str]]:
    """Their weights, and what was derived from them before."""
    weights = [f"{parent}.*" for parent in parents]
    return {"weights_dir": weights, "cache_dir": _prepared(materials, parents)}


def _prepared(materials: Materials, parents: Sequence[str]) -> list[str]:
    """Patterns, inside the cache, of what is derived from parents once and kept."""
    folders = [
        facts_path(parent, parent_version(parent, materials.weights_dir), materials.cache_dir)
        for parent in parents
    ]
    return [f"{path.parent.relative_to(materials.cache_dir)}/{ALL}" for path in folders]
