"""How accurate a built variant is: per regime, on all evaluation frames, beside its parent."""

from pathlib import Path

import msgspec
from lamplighter_wire.rules.sizes import MAIN_SIZE
from lamplighter_wire.tasks.detection import TENSORS

from lamplighter_recipes.building.comparison import compare_with_parent, table_of
from lamplighter_recipes.building.parent_results import frame_matches
from lamplighter_recipes.building.parents import Parent, prepared
from lamplighter_recipes.errors import RecipeError
from lamplighter_recipes.runtimes.runtime import find_runtime
from lamplighter_recipes.tasks.detection.evaluation import choose_thresholds
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import MEASURED_HERE, Materials


def evaluate_variant(card: VariantCard, artifact: Path, materials: Materials) -> VariantCard:
    """The card with accuracy per regime on all evaluation frames, beside the parent's on the same
    frames, and thresholds chosen on the calibration frames.

    Raises:
        RecipeError: when the parent's weights are not those it was built from, or are missing.
    """
    infer = find_runtime(card.runtime).open(artifact, TENSORS)
    frames = load_frames(materials.evaluation_dir)
    comparison = compare_with_parent(infer, frames, card.sizes, _parent_of(card, materials))
    choosing = load_frames(materials.calibration_dir)
    # Recipes may leave the main size out; thresholds hold across sizes.
    size = MAIN_SIZE if MAIN_SIZE in card.sizes else card.sizes[0]
    matches = frame_matches(infer, choosing, size)
    return msgspec.structs.replace(
        card,
        expected_ap50=table_of(comparison, "expected"),
        measured_ap50=table_of(comparison, "measured"),
        ap50_interval=table_of(comparison, "interval"),
        gain_interval=table_of(comparison, "gain_interval"),
        evaluated_frames=len(frames),
        thresholds=choose_thresholds(matches, choosing),
        provenance={**card.provenance, "accuracy": MEASURED_HERE},
    )


def _parent_of(card: VariantCard, materials: Materials) -> Parent:
    parent = prepared(card.parent, materials.weights_dir, materials.cache_dir)
    if parent.version != card.model_version:
        raise RecipeError(
            f"{card.id} was built from other weights of {card.parent!r}",
            file=str(materials.weights_dir),
            remedy="build it again",
        )
    return parent
