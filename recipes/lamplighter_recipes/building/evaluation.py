"""How accurate a built variant is: per regime, on all evaluation frames, beside its parent."""

import json
from pathlib import Path

import msgspec

from lamplighter_recipes.building.comparison import DIGITS, compare_with_parent
from lamplighter_recipes.building.parent_results import frame_results, parent_results
from lamplighter_recipes.building.parents import Parent, main_size, prepared, write_facts
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.frame_set import by_regime
from lamplighter_recipes.variants.figures import AccuracyTable, VariantCard
from lamplighter_recipes.variants.identity import MEASURED_HERE, Materials


def evaluate_variant(card: VariantCard, artifact: Path, materials: Materials) -> VariantCard:
    """The card with accuracy per regime on all evaluation frames, beside the parent's on the same
    frames, and thresholds chosen on the calibration frames.

    Raises:
        RecipeError: when the parent's weights are not those it was built from, or are missing.
    """
    parent = _parent_of(card, materials)
    evaluator = parent.evaluator
    infer = find_runtime(card.runtime).open(artifact, parent.tensors)
    frames = evaluator.load_frames(materials.evaluation_dir)
    comparison = compare_with_parent(infer, frames, card.sizes, parent)
    choosing = evaluator.load_frames(materials.calibration_dir)
    # Thresholds hold across sizes.
    results = frame_results(evaluator, infer, choosing, main_size(parent.kind, card.sizes))
    return msgspec.structs.replace(
        card,
        expected_ap50=comparison.table("expected"),
        measured_ap50=comparison.table("measured"),
        ap50_interval=comparison.table("interval"),
        gain_interval=comparison.table("gain_interval"),
        headline_interval=comparison.headline_interval,
        class_map50=comparison.table("class_map50"),
        site_ap50=_of_site(materials.evaluation_dir, comparison.table("expected")),
        evaluated_frames=len(frames),
        thresholds=evaluator.thresholds(results, choosing),
        provenance={**card.provenance, "accuracy": MEASURED_HERE},
    )


def measure_parent(parent: Parent, evaluation_dir: Path) -> None:
    """Keep the accuracy of a parent's float graph beside its work, once: what to expect of its
    variants until they are measured.

    Raises:
        RecipeError: when the frames cannot be used.
    """
    if parent.facts.accuracy:
        return
    evaluator = parent.evaluator
    frames = evaluator.load_frames(evaluation_dir)
    accuracy = {
        size: {
            regime: round(evaluator.quality(results), DIGITS)
            for regime, results in by_regime(parent_results(parent, frames, size), frames).items()
        }
        for size in parent.kind.sizes
    }
    write_facts(parent, msgspec.structs.replace(parent.facts, accuracy=accuracy))


def _of_site(evaluation_dir: Path, accuracy: AccuracyTable) -> dict[str, AccuracyTable]:
    """The figures under the name of the site that the frames say they are of, if they say so."""
    path = evaluation_dir / "annotations.json"
    document = json.loads(path.read_bytes()) if path.exists() else {}
    site = str(document.get("info", {}).get("site", ""))
    return {site: accuracy} if site else {}


def _parent_of(card: VariantCard, materials: Materials) -> Parent:
    parent = prepared(card.parent, materials.weights_dir, materials.cache_dir, card.family)
    if parent.version != card.model_version:
        raise RecipeError(
            f"{card.id} was built from other weights of {card.parent!r}",
            file=str(materials.weights_dir),
            remedy="build it again",
        )
    return parent
