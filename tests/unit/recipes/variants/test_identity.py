"""What is expected of a variant before it is measured."""

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.variants.figures import ParentFacts, VariantCard, Work
from lamplighter_recipes.variants.identity import (
    KNOWN_FIGURES,
    OF_PARENT,
    expected_at,
    known_figures,
    layers_of,
    predicted_card,
    variant_id,
)
from lamplighter_wire.rules.sizes import pixels

WEIGHTS = Path(__file__).parents[4] / "deploy" / "demo" / "weights"
REGIME = "day-dry-free"
MEASURED = {"384x288": {REGIME: 0.8}, "512x384": {REGIME: 0.9}}
sizes = st.tuples(st.integers(2, 40), st.integers(2, 40)).map(lambda s: f"{s[0] * 32}x{s[1] * 32}")


def test_a_larger_picture_is_expected_to_do_as_well_and_a_smaller_one_worse() -> None:
    expected = expected_at(MEASURED, ["640x480", "448x320", "256x192"])
    assert expected["640x480"] == {REGIME: 0.9}
    assert expected["448x320"] == {REGIME: 0.8}
    assert expected["256x192"][REGIME] < 0.8
    assert expected_at({}, ["640x480"]) == {}


@given(sizes, sizes)
def test_more_pixels_never_promise_less(a: str, b: str) -> None:
    small, large = sorted((a, b), key=pixels)
    expected = expected_at(MEASURED, [small, large])
    assert expected[small][REGIME] <= expected[large][REGIME]


def test_work_of_a_size_that_was_not_counted_follows_its_pixels() -> None:
    facts = ParentFacts({"256x192": Work(50.0, 5.0, 1000), "512x384": Work(200.0, 20.0, 4000)})
    assert facts.work_at("256x192") == Work(50.0, 5.0, 1000)
    assert facts.work_at("640x480") == Work(312.5, 31.25, 6250)
    assert ParentFacts().work_at("640x480") == Work()


def test_a_variant_of_a_measured_parent_is_expected_to_do_as_well() -> None:
    recipe = load_catalogue()["int8-full"]
    card = predicted_card(recipe, "1" * 12, ParentFacts(accuracy=MEASURED), "x86_64")
    assert (card.task, card.family) == ("traffic", "nanodet")
    assert card.expected_ap50["384x288"] == {REGIME: 0.8}
    assert set(card.expected_ap50) == set(recipe.sizes)
    assert card.provenance["accuracy"] == OF_PARENT
    assert predicted_card(recipe, "1" * 12, ParentFacts(), "x86_64").expected_ap50 == {}


def test_figures_that_were_measured_ahead_are_read_without_loss() -> None:
    documents = msgspec.json.decode((WEIGHTS / KNOWN_FIGURES).read_bytes())
    cards = known_figures(WEIGHTS)
    assert documents
    for document in documents:
        assert set(document) <= set(VariantCard.__struct_encode_fields__)
        card = msgspec.json.decode(msgspec.json.encode(cards[document["id"]]))
        assert card | {"provenance": document["provenance"]} == card | document


def test_each_kind_of_machine_has_an_8_bit_variant_of_its_own() -> None:
    recipe = load_catalogue()["int8-full"]
    kinds = {"x86_64": "", "aarch64": "-s8", "x86_64-saturating": "-w7"}
    for machine, suffix in kinds.items():
        assert variant_id(recipe, "abcdef123", machine) == f"int8-full-abcdef{suffix}"


def test_recipes_that_differ_in_bytes_alone_make_the_same_layers() -> None:
    catalogue = load_catalogue()
    layers = {name: layers_of(recipe) for name, recipe in catalogue.items()}
    assert layers["cluster-int8-full"] == layers["int8-full"]
    assert layers["cluster-full"] == layers["fp32-full"]
    assert layers["cluster-int8-p50"] == layers["int8-p50"]
    others = [layers[name] for name in catalogue if not name.startswith("cluster")]
    assert len(set(others)) == len(others)
