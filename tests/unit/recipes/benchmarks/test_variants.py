"""The variants' benchmark, end to end on a tiny network."""

import json
from pathlib import Path

import pytest
from lamplighter_recipes.benchmarks.report import ABOVE, BELOW, SAME, mark
from lamplighter_recipes.benchmarks.variants import bench_variants, keep_known
from lamplighter_recipes.building.calibration import RANGES_FILE
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.variants.identity import known_figures

from tests.simulators.recipe_rig import REGIMES, materials

pytestmark = pytest.mark.torch


def test_the_benchmark_writes_table_picture_and_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "lamplighter_recipes.benchmarks.calibrations.TRIED_CALIBRATIONS", ("night",)
    )
    folders = materials(tmp_path)
    out = tmp_path / "out"
    recipes = {name: load_catalogue()[name] for name in ("fp32-full", "int8-full")}
    report = bench_variants(out, recipes, folders, rounds=3)
    rows = {row.name: row for row in report.rows}
    assert {"fp32-full", "int8-full", "ort static (nanodet-full)", "fp16 (nanodet-full)"} <= set(
        rows
    )
    assert all(row.latency_p95_ms >= row.latency_p50_ms > 0 for row in report.rows)
    assert {gain.regime for gain in report.gains} == {"night-dry-free"}
    assert rows["fp32-full"].gain_interval["night-dry-free"] == (0.0, 0.0)
    assert set(rows["fp16 (nanodet-full)"].gain_interval) == set(REGIMES)
    table = (out / "variants.md").read_text()
    assert all(f"| {name} |" in table for name in rows)
    assert (out / "variants.png").stat().st_size > 5000
    assert len(json.loads((out / "variants-bench.json").read_text())["rows"]) == len(rows)

    keep_known(out, folders.weights_dir)
    card = next(c for c in known_figures(folders.weights_dir).values() if c.recipe == "int8-full")
    assert card.evaluated_frames == len(load_frames(folders.evaluation_dir))
    assert set(card.measured_ap50) == set(card.gain_interval) == set(card.sizes)
    assert (folders.weights_dir / f"nanodet-full.{RANGES_FILE}").exists()


def test_a_loss_inside_the_noise_is_marked() -> None:
    marks = [mark(pair) for pair in ((0.0, 0.0), (-0.01, 0.02), (-0.02, -0.01), (0.01, 0.02))]
    assert marks == ["", SAME, BELOW, ABOVE]
