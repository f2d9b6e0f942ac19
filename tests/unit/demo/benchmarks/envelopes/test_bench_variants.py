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


def test_a_twin_with_recipes_of_its_own_gets_the_other_ways_of_its_like() -> None:
    recipes = recipes_to_measure(load_catalogue(), NETWORKS)
    half, twin = (
        [r for r in recipes if r.parent == n] for n in ("nanodet-p50", "mobilenetv3-small-relu")
    )
    ways = [(recipe.runtime, recipe.precision) for recipe in twin]
    assert sorted(ways) == sorted((recipe.runtime, recipe.precision) for recipe in half)
    assert "mobilenetv3-relu" in {recipe.name for recipe in twin}
    assert {recipe.family for recipe in twin} == {"mobilenetv3"}
