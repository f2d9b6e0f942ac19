"""What each step of a recipe has contributed, on a tiny real network."""

from pathlib import Path

import pytest
from lamplighter_recipes.building.build import specialise
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import Materials

pytestmark = pytest.mark.torch


def test_each_step_of_a_hybrid_is_told_apart(folders: Materials, tmp_path: Path) -> None:
    recipe, known = load_catalogue()["cluster-int8-full"], VariantCard(id="")
    card = specialise(recipe, folders, tmp_path, known=known, each_step=True).card
    parent, quantized, clustered = card.contributions
    assert [step.technique for step in card.contributions] == ["parent", "quantize", "cluster"]
    assert parent.wire_bytes > 1.5 * quantized.wire_bytes, "8 bits, beside the graph itself"
    assert quantized.size_bytes == clustered.size_bytes, "the same layers in the same numbers"
    assert quantized.wire_bytes >= clustered.wire_bytes, "so small a network is packed whole"
    assert (clustered.size_bytes, clustered.wire_bytes) == (card.size_bytes, card.wire_bytes)
    assert (parent.seconds, parent.time_ratio) == (0.0, 1.0)
    assert quantized.seconds > 0 and clustered.seconds > 0
    assert all(0 <= step.ap50 <= 1 for step in card.contributions)


def test_a_build_for_a_device_does_not_wait_for_them(folders: Materials, tmp_path: Path) -> None:
    recipe, known = load_catalogue()["fp32-full"], VariantCard(id="")
    assert specialise(recipe, folders, tmp_path, known=known).card.contributions == []
