"""Builds are timed as the workshop does them."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
import msgspec
from lamplighter_demo.benchmarks.building.builds import Row, bench_builds, summary
from lamplighter_recipes.recipe.loader import load_catalogue

from tests.simulators.recipe_rig import materials

pytestmark = pytest.mark.torch


def test_each_recipe_is_built_anew_in_each_round(tmp_path: Path) -> None:
    recipe = msgspec.structs.replace(load_catalogue()["int8-full"], sizes=["256x192"])
    told: list[str] = []
    figures = bench_builds(tmp_path / "out", [recipe], materials(tmp_path), 2, told.append)
    assert told[-1] == "round 2 of 2"
    assert set(figures["recipes"]) == {"int8-full"}
    assert figures["all"]["processor"]["p50_s"] > 0
    assert 0 < figures["all"]["ready"]["p50_s"] <= figures["all"]["ready"]["p95_s"]


def test_recipes_are_told_apart() -> None:
    rows = [Row(recipe=name, ready=s, processor=s / 2) for name, s in (("a", 1.0), ("b", 3.0))]
    figures = summary(rows)
    assert figures["all"]["ready"]["p50_s"] == 2.0
    assert figures["recipes"]["b"] == {
        "ready": {"p50_s": 3.0, "p95_s": 3.0},
        "processor": {"p50_s": 1.5, "p95_s": 1.5},
    }
