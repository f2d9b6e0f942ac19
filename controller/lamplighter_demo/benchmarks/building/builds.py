"""`lamplighter bench builds`: seconds from asking the workshop for a variant to one ready to send.

The workshop's own child builds each recipe again and again, in turns, as it does for a device whose
street has changed: what takes long was made ahead. Ready to send is what is kept in chunks, with a
signed manifest. Beside it the processor seconds of the child and of what it starts, which other
work on the machine leaves alone.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil
from lamplighter_controller.workshop.build_jobs import build_job, calibrate_job, prepare_job
from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.jobs import BuildResult
from lamplighter_controller.workshop.offers import Offer
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.identity import Materials, known_figures, predicted_card

from lamplighter_demo.benchmarks.building.delivery import CREATED_AT, MACHINE, Delivery
from lamplighter_demo.benchmarks.percentiles import percentiles

Notify = Callable[[str], None]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One build: seconds by the clock, and of the processor."""

    recipe: str
    ready: float
    processor: float


def bench_builds(
    folder: Path, recipes: Sequence[Recipe], materials: Materials, runs: int, notify: Notify
) -> dict[str, Any]:
    """p50 and p95 over all builds, and of each recipe.

    Raises:
        WorkshopError: a build failed.
    """
    executor = ChildPool()
    executor.start()
    try:
        _make_ahead(executor, recipes, materials, notify)
        delivery = Delivery(folder / "artifacts")
        offers = [_offer(recipe, materials) for recipe in recipes]
        for offer in offers:  # the child imports what it needs
            _build(executor, offer, materials, delivery)
        rows = []
        for number in range(runs):
            rows += [_build(executor, offer, materials, delivery) for offer in offers]
            notify(f"round {number + 1} of {runs}")
    finally:
        executor.shutdown()
    return summary(rows)


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Percentiles by the clock and of the processor: over all, and of each recipe."""
    names = list(dict.fromkeys(row.recipe for row in rows))
    by_recipe = {name: [row for row in rows if row.recipe == name] for name in names}
    return {
        "all": _told(rows),
        "recipes": {name: _told(of_recipe) for name, of_recipe in by_recipe.items()},
    }


def _told(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    return {
        "ready": percentiles([row.ready for row in rows]),
        "processor": percentiles([row.processor for row in rows]),
    }


def _make_ahead(
    executor: ChildPool, recipes: Sequence[Recipe], materials: Materials, notify: Notify
) -> None:
    """What a workshop does when it starts, beside everything else."""
    parents = sorted({(recipe.parent, recipe.family) for recipe in recipes})
    notify("prepare the parents")
    executor.submit(prepare_job(materials, parents)).result()
    for recipe in recipes:
        notify(f"make ahead what {recipe.name} needs")
        executor.submit(calibrate_job(materials, f"calibrate {recipe.name}", [recipe])).result()


def _offer(recipe: Recipe, materials: Materials) -> Offer:
    """With figures that were measured ahead, of any variant of its parent where its own were not:
    accuracy is not measured here."""
    parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
    card = predicted_card(recipe, parent.version, parent.facts, MACHINE)
    cards = known_figures(materials.weights_dir)
    of_parent = (other for other in cards.values() if other.parent == recipe.parent)
    return Offer(recipe, MACHINE, card, cards.get(card.id) or next(of_parent, card))


def _build(executor: ChildPool, offer: Offer, materials: Materials, delivery: Delivery) -> Row:
    began, spent = time.monotonic(), _processor_s(executor)
    result = executor.submit(build_job(materials, offer, CREATED_AT)).result()
    delivery.keep(msgspec.convert(result, BuildResult))
    return Row(
        recipe=offer.recipe.name,
        ready=time.monotonic() - began,
        processor=_processor_s(executor) - spent,
    )


def _processor_s(executor: ChildPool) -> float:
    """Of the living children, and of the processes that they have started and that have ended."""
    return sum(sum(psutil.Process(pid).cpu_times()[:4]) for pid in executor.pids())
