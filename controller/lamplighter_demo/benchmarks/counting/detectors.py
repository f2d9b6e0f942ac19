"""Variants whose boxes are counted."""

import platform
from collections.abc import Mapping
from pathlib import Path

from lamplighter_recipes.building.build import Progress, specialise
from lamplighter_recipes.building.parents import prepared
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.identity import Materials, known_figures, variant_id

from lamplighter_demo.benchmarks.counting.clip_boxes import Detector


def build_detectors(
    recipes: Mapping[str, Recipe], materials: Materials, out: Path, progress: Progress
) -> list[Detector]:
    """Builds the recipes; thresholds are those that were measured ahead, where they were.

    Raises:
        RecipesError: when a recipe, the weights or the frames cannot be used.
    """
    ahead, detectors = known_figures(materials.weights_dir), []
    for name, recipe in recipes.items():
        parent = prepared(recipe.parent, materials.weights_dir, materials.cache_dir, recipe.family)
        known = ahead.get(variant_id(recipe, parent.version, platform.machine()))
        built = specialise(recipe, materials, out / name, known=known, progress=progress)
        detectors.append(Detector(name, built.artifact, recipe.runtime, built.card))
    return detectors
