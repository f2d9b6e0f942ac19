"""What is measured: each network of the benchmark by each recipe that the catalogue has for it."""

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import msgspec
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_recipes.benchmarks.extra_work import with_extra_work
from lamplighter_recipes.building.build import Built, specialise
from lamplighter_recipes.building.evaluation import measure_parent
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.recipe.runtime_facts import is_installed
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials, known_figures, predicted_card
from lamplighter_wire.blobs import assemble
from lamplighter_wire.command_line.edge import interruptions_held


class Twin(NamedTuple):
    """A network whose own recipes, if it has any, are joined by those of another, so that it is
    measured in every way there is, as one that a user brings."""

    like: str
    family: str


TWINS = {
    "nanodet-p50-relu": Twin("nanodet-p50", "nanodet"),
    "mobilenetv3-small-relu": Twin("nanodet-p50", "mobilenetv3"),
}

Notify = Callable[[str], None]


@dataclass(frozen=True)
class BenchVariant:
    """A variant as the catalogue lists it, and the files that an agent opens.

    Attributes:
        work: size -> extra work, measured after the build.
    """

    spec: VariantSpec
    folder: Path
    work: Mapping[str, float] = field(default_factory=dict)


def recipes_to_measure(catalogue: Mapping[str, Recipe], networks: Iterable[str]) -> list[Recipe]:
    """Of each network the recipes whose latencies differ; a twin takes those of its network.

    Clustering changes the bytes on the wire alone.
    """
    chosen = []
    for network in networks:
        own = _timed(catalogue, network)
        ways = {(recipe.runtime, recipe.precision) for recipe in own}
        lent = _timed(catalogue, TWINS[network].like) if network in TWINS else []
        others = [r for r in lent if (r.runtime, r.precision) not in ways]
        chosen += own + [_on_network(recipe, network) for recipe in others]
    return chosen


def _timed(catalogue: Mapping[str, Recipe], network: str) -> list[Recipe]:
    return [r for r in catalogue.values() if r.parent == network and _is_timed(r)]


def _is_timed(recipe: Recipe) -> bool:
    clusters = any(step.technique.startswith("cluster") for step in recipe.specialise)
    return is_installed(recipe.runtime) and not clusters


def _on_network(recipe: Recipe, network: str) -> Recipe:
    name = f"{recipe.name}-{network.removeprefix(recipe.parent).strip('-')}"
    return msgspec.structs.replace(
        recipe, name=name, parent=network, family=TWINS[network].family, prepare=[]
    )


def build_variants(
    recipes: Sequence[Recipe], materials: Materials, out: Path, notify: Notify
) -> list[BenchVariant]:
    """Build them as the workshop does, each in a process of its own.

    What some of the tools start in a process forbids to fork it, and they hold a gigabyte.
    """
    variants = []
    for number, recipe in enumerate(recipes):
        notify(f"build {recipe.name}, {number + 1} of {len(recipes)}")
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            with interruptions_held():
                building = pool.submit(build_variant, recipe, materials, out)
            variants.append(building.result())
    return variants


def build_variant(recipe: Recipe, materials: Materials, out: Path) -> BenchVariant:
    """One, laid out as in a device's slots, with the figures that are known of it ahead."""
    expected = _expected(recipe, materials)
    built = specialise(recipe, materials, out / recipe.name, known=expected)
    folder = out / "slots" / built.card.id
    folder.mkdir(parents=True, exist_ok=True)
    assemble(built.plain.parts, built.plain.chunks.__getitem__, folder)
    unknown = msgspec.structs.replace(built.card, extra_work={})
    work = with_extra_work(unknown, built.artifact, materials).extra_work
    return BenchVariant(_spec(built), folder, work)


def _expected(recipe: Recipe, materials: Materials) -> VariantCard:
    """Measured ahead, or what its parent reaches: as the workshop offers a variant."""
    figures = known_figures(materials.weights_dir)
    parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
    card = predicted_card(recipe, parent.version, parent.facts, platform.machine())
    if card.id in figures:
        return figures[card.id]
    measure_parent(parent, materials.evaluation_dir)
    parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
    return predicted_card(recipe, parent.version, parent.facts, platform.machine())


def _spec(built: Built) -> VariantSpec:
    spec = msgspec.convert(built.card, VariantSpec, from_attributes=True)
    return msgspec.structs.replace(spec, manifest=built.card.artifact_sha256)
