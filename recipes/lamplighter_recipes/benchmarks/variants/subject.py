"""What is measured: recipes, and the pictures and weights that they are built and judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lamplighter_wire.rules.sizes import parse_size

from lamplighter_recipes.building.parents import Parent, main_size, prepared
from lamplighter_recipes.recipe.own_model import facts_of_parent
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.runtimes.runtime import Images
from lamplighter_recipes.tasks.frame_set import FrameSet, bilinear
from lamplighter_recipes.variants.identity import Materials

SPEED_FRAMES = 12


@dataclass(frozen=True)
class Subject:
    """The catalogue with the city's materials, or a user's own model with its."""

    recipes: dict[str, Recipe]
    materials: Materials

    def size_of(self, recipe: Recipe) -> str:
        """Where the recipe's network is timed and compared."""
        weights = self.materials.weights_dir
        return main_size(facts_of_parent(recipe.family, recipe.parent, weights), recipe.sizes)

    def parent_of(self, recipe: Recipe) -> Parent:
        """Prepared."""
        folders = self.materials
        return prepared(recipe.parent, folders.weights_dir, folders.cache_dir, recipe.family)

    @cached_property
    def by_parent(self) -> dict[str, list[Recipe]]:
        """Its recipes by the parent's name, sorted."""
        names = sorted({recipe.parent for recipe in self.recipes.values()})
        return {name: [r for r in self.recipes.values() if r.parent == name] for name in names}

    def frames(self, recipe: Recipe) -> FrameSet:
        """The evaluation's, as the recipe's task has them."""
        return self.parent_of(recipe).evaluator.load_frames(self.materials.evaluation_dir)

    def pictures(self, recipe: Recipe) -> Sequence[Images]:
        """Some to be timed with, each [1, H, W, 3]."""
        width, height = parse_size(self.size_of(recipe))
        chosen = self.frames(recipe).spread(SPEED_FRAMES)
        return [bilinear(frame, width, height)[None] for frame in chosen]
