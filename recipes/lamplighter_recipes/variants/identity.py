"""Names and figures of variants, without torch or onnx: the controller plans with them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from math import prod
from pathlib import Path

import msgspec
from lamplighter_wire.decoders.decoder import decoder_need
from lamplighter_wire.rules.needs import REDUCED, SATURATING, SIGNED, UNSIGNED
from lamplighter_wire.rules.sizes import by_area, pixels

from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.recipe.model_families import facts_of_family
from lamplighter_recipes.recipe.own_model import GRAPH, TFLITE, own_model_path
from lamplighter_recipes.recipe.runtime_facts import runtime_facts, tool_versions
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.recipe.technique_registry import facts_of
from lamplighter_recipes.variants.figures import AccuracyTable, ParentFacts, VariantCard

VERSION_DIGITS = 12
VERSION_IN_ID = 6
ID_SUFFIXES = {SIGNED: "-s8", REDUCED: "-w7"}  # by activations
# What a parent's file ends in: weights of its family, or a graph that needs no export.
WEIGHTS = ".safetensors"
FORMS = (WEIGHTS, GRAPH, TFLITE)
FACTS = "facts.json"
GRAPH_FORMAT = "3"  # part of the cache's name: raise it when the export changes
EXPORTED = "exported.json"
# Where a card's accuracy comes from.
MEASURED_AHEAD = "measured ahead"
MEASURED_HERE = "measured here"
OF_SIBLING = "of another variant of its parent"
OF_PARENT = "of its parent"
AT_SITE = "measured at its site"
KNOWN_FIGURES = "variants.json"  # beside the weights: cards measured ahead


@dataclass(frozen=True)
class Materials:
    """Folders that a build reads, and the cache it may write."""

    weights_dir: Path
    calibration_dir: Path
    evaluation_dir: Path
    golden_dir: Path
    cache_dir: Path

    @classmethod
    def from_names(cls, names: dict[str, str]) -> "Materials":
        """From field names and paths as text, as they travel to another process."""
        return cls(**{field: Path(name) for field, name in names.items()})

    def names(self) -> dict[str, str]:
        """Inverse of :meth:`from_names`."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}


def parent_path(name: str, weights_dir: Path) -> Path:
    """Where a parent comes from: weights of its family, or a finished graph."""
    graph = weights_dir / f"{name}{GRAPH}"
    if graph.exists():
        return graph
    models = sorted(weights_dir.glob(f"{name}.*{TFLITE}"))
    return models[0] if models else weights_dir / f"{name}{WEIGHTS}"


def parent_version(name: str, weights_dir: Path) -> str:
    """The beginning of the SHA-256 of the parent's weights or graph.

    Raises:
        RecipeError: when there is no such parent.
    """
    path = parent_path(name, weights_dir)
    try:
        return _parent_digest(path, own_model_path(name, weights_dir))[:VERSION_DIGITS]
    except OSError as error:
        parents = {p.stem for kind in FORMS for p in weights_dir.glob(f"*{kind}")}
        known = ", ".join(sorted(parents)) or "none"
        raise RecipeError(
            f"no weights of the parent {name!r}: {error.strerror}",
            file=str(path),
            key="parent",
            remedy=f"train it with `lamplighter train` or use one of: {known}",
        ) from error


def _parent_digest(path: Path, own: Path) -> str:
    """Of its weights; of a user's own model, of how they are read as well."""
    files = [path, own] if own.exists() else [path]
    states = [file.stat() for file in files]
    digests = [_digest(f, s.st_mtime_ns, s.st_size) for f, s in zip(files, states, strict=True)]
    return digests[0] if own not in files else hashlib.sha256("".join(digests).encode()).hexdigest()


@lru_cache(maxsize=64)
def _digest(path: Path, _changed_ns: int, _size_bytes: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def facts_path(name: str, version: str, cache_dir: Path) -> Path:
    """Where the facts of a prepared parent lie."""
    return cache_dir / "parents" / f"{name}-{version}-{GRAPH_FORMAT}" / FACTS


def exported_path(parent_folder: Path, runtime: str) -> Path:
    """In the folder that a parent is exported to for a runtime: the sizes that are there.

    Other versions of the tools export to another folder.
    """
    return parent_folder / export_name(runtime) / EXPORTED


def export_name(runtime: str) -> str:
    """What is exported under one name is alike: runtime, format, and versions of the tools."""
    made_by = [runtime_facts(runtime).export_format, tool_versions(runtime)]
    text = json.dumps(made_by, sort_keys=True).encode()
    return f"{runtime}-{hashlib.sha256(text).hexdigest()[:6]}"


def exported_sizes(record: Path) -> set[str]:
    """The sizes that a parent is exported for."""
    return set(json.loads(record.read_bytes())) if record.exists() else set()


def activation_type(choice: str, machine: str) -> str:
    """ "u8", "s8" or "u8w7"; auto follows the machine's instruction set."""
    if choice != "auto":
        return choice
    if machine.endswith(SATURATING):
        return REDUCED
    return SIGNED if machine.lower().startswith(("aarch64", "arm")) else UNSIGNED


def activations_of(recipe: Recipe, machine: str) -> str:
    """u8, s8 or u8w7; empty for a recipe whose activations stay floats."""
    for step in recipe.specialise:
        if facts_of(step.technique).yields.activations:
            return activation_type(str(step.params.get("activations", "auto")), machine)
    return ""


def size_factor(recipe: Recipe) -> float:
    """Bytes of the variant's weights over its parent's."""
    return prod(facts_of(step.technique).yields.size_factor for step in recipe.specialise)


def layers_of(recipe: Recipe) -> str:
    """A hash, equal of recipes that make the same layers of a parent, in other bytes perhaps."""
    steps = [step for step in recipe.specialise if not facts_of(step.technique).keeps_layers]
    made_by = [recipe.parent, recipe.runtime, [(s.technique, s.params) for s in steps]]
    return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()[:12]


def variant_id(recipe: Recipe, version: str, machine: str) -> str:
    """Recipe and weights; int8 for another machine is another file and so another variant."""
    suffix = ID_SUFFIXES.get(activations_of(recipe, machine), "")
    return f"{recipe.name}-{version[:VERSION_IN_ID]}{suffix}"


def predicted_card(recipe: Recipe, version: str, facts: ParentFacts, machine: str) -> VariantCard:
    """What is known of a variant before it is built: identity, work, what its parent reaches."""
    work = {size: facts.work_at(size) for size in recipe.sizes}
    factor = size_factor(recipe)
    return VariantCard(
        id=variant_id(recipe, version, machine),
        model=recipe.model,
        family=recipe.family,
        task=facts.task or facts_of_family(recipe.family).task,
        decoder=facts.decoder,
        model_version=version,
        recipe=recipe.name,
        parent=recipe.parent,
        runtime=recipe.runtime,
        precision=recipe.precision,
        activations=activations_of(recipe, machine),
        calibration=recipe.calibration,
        needs=[*recipe.needs, *([decoder_need(facts.decoder.name)] if facts.decoder.name else [])],
        hardware=recipe.hardware,
        sizes=list(recipe.sizes),
        mmac={size: of_size.mmac for size, of_size in work.items()},
        depthwise_mmac={size: of_size.depthwise_mmac for size, of_size in work.items()},
        bytes_moved={size: int(of_size.bytes_moved * factor) for size, of_size in work.items()},
        expected_ap50=expected_at(facts.accuracy, recipe.sizes),
        provenance={"accuracy": OF_PARENT} if facts.accuracy else {},
    )


def with_figures(card: VariantCard, known: VariantCard, source: str = "") -> VariantCard:
    """The card with accuracy and thresholds that were measured before; `source` says where.

    Of a sibling only the expectation is taken: what was measured is not the card's own. One that
    runs in the same runtime and precision has the same layers, so its work is the card's too.
    """
    sibling = source == OF_SIBLING
    other_layers = (known.runtime, known.precision) != (card.runtime, card.precision)
    extra_work = {} if sibling and other_layers else known.extra_work
    expected = known.expected_ap50
    accuracy = source or known.provenance.get("accuracy", MEASURED_AHEAD)
    return msgspec.structs.replace(
        card,
        expected_ap50=expected_at(expected, card.sizes) if sibling else expected,
        measured_ap50={} if sibling else known.measured_ap50,
        ap50_interval={} if sibling else known.ap50_interval,
        headline_interval={} if sibling else known.headline_interval,
        class_map50={} if sibling else known.class_map50,
        street_ap50=known.street_ap50,
        site_ap50=known.site_ap50,
        gain_interval={} if sibling else known.gain_interval,
        thresholds=known.thresholds,
        extra_work=card.extra_work or extra_work,
        site=card.site or ("" if sibling else known.site),
        evaluated_frames=0 if sibling else known.evaluated_frames,
        memory_bytes=card.memory_bytes or known.memory_bytes,
        provenance={**card.provenance, "accuracy": accuracy},
    )


def is_measured(card: VariantCard) -> bool:
    """Whether its accuracy is its own: neither its parent's nor that of another of its variants."""
    return card.provenance.get("accuracy") in (MEASURED_AHEAD, MEASURED_HERE, AT_SITE)


def expected_at(table: AccuracyTable, sizes: Iterable[str]) -> AccuracyTable:
    """What to expect at sizes, some of which were not measured.

    A larger picture does no worse than the largest measured one below it. What a smaller one loses
    is not known: taken in proportion to its pixels, it is chosen only where nothing else fits.
    """
    if not table:
        return {}
    return {size: table.get(size) or _expected_row(table, size) for size in sizes}


def _expected_row(table: AccuracyTable, size: str) -> dict[str, float]:
    measured = by_area(table)
    below = [known for known in measured if pixels(known) <= pixels(size)]
    if below:
        return table[below[-1]]
    share = pixels(size) / pixels(measured[0])
    return {regime: ap50 * share for regime, ap50 in table[measured[0]].items()}


def known_figures(weights_dir: Path) -> dict[str, VariantCard]:
    """Cards that were measured ahead, by variant id; those of other weights never match.

    Raises:
        RecipeError: when the file is there but damaged.
    """
    path = weights_dir / KNOWN_FIGURES
    if not path.exists():
        return {}
    try:
        cards = msgspec.json.decode(path.read_bytes(), type=list[VariantCard])
    except msgspec.DecodeError as error:
        raise RecipeError(
            f"is damaged: {error}",
            file=str(path),
            remedy="write it with `lamplighter bench variants`",
        ) from error
    return {
        card.id: msgspec.structs.replace(
            card, provenance={**card.provenance, "accuracy": MEASURED_AHEAD}
        )
        for card in cards
    }
