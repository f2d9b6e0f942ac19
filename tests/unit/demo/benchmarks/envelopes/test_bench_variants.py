"""Which recipes are measured."""

from lamplighter_demo.benchmarks.envelopes.bench_envelopes import NETWORKS
from lamplighter_demo.benchmarks.envelopes.bench_variants import recipes_to_measure
from lamplighter_recipes.recipe.loader import load_catalogue


def test_a_twin_is_built_by_the_recipes_of_its_network_and_none_differs_in_bytes_alone() -> None:
    recipes = recipes_to_measure(load_catalogue(), NETWORKS)
    by_parent = {network: {r.name for r in recipes if r.parent == network} for network in NETWORKS}
    assert {"fp32-full", "int8-full"} <= by_parent["nanodet-full"]
    assert {f"{name}-relu" for name in by_parent["nanodet-p50"]} == by_parent["nanodet-p50-relu"]
    assert not any("cluster" in recipe.name for recipe in recipes)
