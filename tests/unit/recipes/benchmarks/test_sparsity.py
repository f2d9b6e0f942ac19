"""What zeros save."""

from pathlib import Path

import pytest
from lamplighter_recipes.benchmarks.sparsity import FORMS, bench_sparsity, table
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.variants.identity import Materials

pytestmark = pytest.mark.torch


def test_the_more_zeros_the_fewer_bytes_on_the_wire(folders: Materials, tmp_path: Path) -> None:
    recipes = {name: load_catalogue()[name] for name in ("fp32-full", "int8-full")}
    forms = {name: FORMS[name] for name in ("dense", "half of the weights", "one in five")}
    rows = bench_sparsity(recipes, folders, tmp_path, frames=2, rounds=1, forms=forms)
    for recipe in recipes:
        dense, half, fifth = (row for row in rows if row.recipe == recipe)
        assert (dense.density, half.density) == (1.0, pytest.approx(0.5, abs=0.001))
        assert dense.size_bytes == half.size_bytes == fifth.size_bytes
        assert dense.wire_bytes > half.wire_bytes > fifth.wire_bytes
        assert dense.cpu_ms > 0
    assert "| half of the weights (50%) | int8-full |" in table(rows)
