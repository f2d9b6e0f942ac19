"""Names of sites' parents, and the recipes that are theirs."""

from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.variants.site_parents import (
    SiteResult,
    recipes_for,
    site_parent_name,
    site_slug,
)


def test_every_site_has_a_name_of_its_own_that_a_file_may_have() -> None:
    sites = ["Hauptstraße 5", "Hauptstra e 5", "../../etc", "", "north", "North", "-", "x" * 200]
    slugs = [site_slug(site) for site in sites]
    assert len(set(slugs)) == len(sites)
    for slug in slugs:
        assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert 0 < len(slug) <= 30


def test_a_sites_parent_is_made_into_what_its_base_is_made_into() -> None:
    name = site_parent_name("nanodet-p50", "north")
    result = SiteResult(site="north", parent=name, base="nanodet-p50")
    catalogue = list(load_catalogue().values())
    derived = recipes_for(result, catalogue)
    assert {r.name for r in derived} == {r.name for r in catalogue if r.parent == "nanodet-p50"}
    assert {r.parent for r in derived} == {name}
    assert all(not r.prepare for r in derived), "it is trained already"
