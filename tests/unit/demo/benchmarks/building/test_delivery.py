"""What is counted is what a chunk server publishes."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
from lamplighter_demo.benchmarks.building.delivery import Delivery, calibrated, measure
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_wire.blobs import compress

from tests.simulators.recipe_rig import materials

pytestmark = pytest.mark.torch


def test_a_patch_costs_less_than_the_manifest_of_a_recalibration(tmp_path: Path) -> None:
    recipe = load_catalogue()["int8-full"]
    row = measure(Delivery(tmp_path / "artifacts"), recipe, materials(tmp_path))
    assert row.plain == row.packed > row.recalibrated_chunks > 0
    assert row.recalibrated_patch < 0.5 * row.recalibrated_manifest
    assert row.recalibrated_manifest == pytest.approx(row.manifest, rel=0.1)


def test_each_blob_is_counted_as_it_goes_out(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path)
    raw = bytes(5000)
    assert delivery.publish([delivery.store.put_chunk(raw)]) == len(compress(raw))


def test_only_steps_that_measure_ranges_are_calibrated() -> None:
    recipes = load_catalogue()
    assert calibrated(recipes["fp32-full"], "night") == recipes["fp32-full"]
    assert calibrated(recipes["cluster-int8-full"], "night").calibration == "night"
