"""Variants of sites' own parents: the recipes of the parent they began with, for one site only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from lamplighter_recipes.recipe.schema import Recipe
from lamplighter_recipes.variants.figures import ParentFacts
from lamplighter_recipes.variants.identity import AT_SITE, expected_at, predicted_card
from lamplighter_recipes.variants.site_parents import parent_key, recipes_for

from lamplighter_controller.workshop.offers import Offer
from lamplighter_controller.workshop.sites.site_shelf import KeptParent

Facts = Callable[[str, str], ParentFacts | None]
"""Of a parent's name and version; None until it is prepared."""


@dataclass(frozen=True)
class SiteOffers:
    """What may be offered of sites' parents that are prepared. `facts`: of any parent."""

    recipes: Sequence[Recipe]
    machines: Sequence[str]
    facts: Facts

    def make(self, kept: Iterable[KeptParent]) -> Iterator[Offer]:
        """An offer for each site, recipe and machine."""
        for parent in kept:
            facts = self.facts(parent.result.parent, parent.result.version)
            if facts is None:
                continue
            for recipe in recipes_for(parent.result, self.recipes):
                for machine in self.machines:
                    yield _offer(parent, recipe, machine, facts)


def _offer(parent: KeptParent, recipe: Recipe, machine: str, facts: ParentFacts) -> Offer:
    """Its accuracy is known at its site: the build passes the gate and measures no more."""
    result = parent.result
    table = result.expected.get(parent_key(result.parent, result.version), {})
    card = msgspec.structs.replace(
        predicted_card(recipe, result.version, facts, machine),
        site=result.site,
        expected_ap50=expected_at(table, recipe.sizes),
        provenance={"accuracy": AT_SITE},
    )
    return Offer(recipe, machine, card, card, weights_dir=parent.weights_dir)
