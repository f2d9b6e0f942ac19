"""The variants' benchmark, end to end on a tiny network."""

import json
from pathlib import Path

import msgspec
import pytest
from lamplighter_recipes.benchmarks.variants.bench_variants import bench_variants
from lamplighter_recipes.benchmarks.variants.keeping import keep_known, write_page
from lamplighter_recipes.benchmarks.variants.report import ABOVE, BELOW, SAME, mark, markdown
from lamplighter_recipes.benchmarks.variants.rows import Report, Row
from lamplighter_recipes.benchmarks.variants.subject import Subject
from lamplighter_recipes.building.calibration import RANGES_FILE, read_ranges, write_ranges
from lamplighter_recipes.recipe.loader import load_catalogue
from lamplighter_recipes.tasks.detection.frame_set import load_frames
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_recipes.variants.identity import KNOWN_FIGURES, known_figures

from tests.simulators.recipe_rig import REGIMES, materials

pytestmark = pytest.mark.torch


def test_the_benchmark_writes_table_picture_and_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "lamplighter_recipes.benchmarks.variants.calibrations.TRIED_CALIBRATIONS", ("night",)
    )
    folders = materials(tmp_path)
    out = tmp_path / "out"
    recipes = {name: load_catalogue()[name] for name in ("fp32-full", "int8-full")}
    own = Subject({"p50": load_catalogue()["p50"]}, folders)
    report = bench_variants(out, recipes, folders, rounds=3, models=[own])
    rows = {row.name: row for row in report.rows}
    assert {"p50", "ort static (nanodet-p50)"} <= set(rows), "a model of its own is beside them"
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

    write_page(out, tmp_path / "docs" / "reference" / "variants.md")
    page = (tmp_path / "docs" / "reference" / "variants.md").read_text()
    assert "](../images/variants.png)" in page and "## Beside other tools" in page
    assert (tmp_path / "docs" / "images" / "variants.png").exists()

    keep_known(out, folders.weights_dir)
    kept = {card.recipe: card for card in known_figures(folders.weights_dir).values()}
    assert set(kept) == set(recipes), "what is known of a model of its own is not the city's"
    card = kept["int8-full"]
    assert card.evaluated_frames == len(load_frames(folders.evaluation_dir))
    assert set(card.measured_ap50) == set(card.gain_interval) == set(card.sizes)
    assert (folders.weights_dir / f"nanodet-full.{RANGES_FILE}").exists()


def test_a_loss_inside_the_noise_is_marked() -> None:
    marks = [mark(pair) for pair in ((0.0, 0.0), (-0.01, 0.02), (-0.02, -0.01), (0.01, 0.02))]
    assert marks == ["", SAME, BELOW, ABOVE]


def test_figures_of_what_was_not_measured_this_time_stay(tmp_path: Path) -> None:
    weights, out = tmp_path / "weights", tmp_path / "out"
    for folder in (weights, out):
        folder.mkdir()
    streets = {"elsewhere": {"384x288": 0.5}}
    before = [VariantCard(id="a", street_ap50=streets), VariantCard(id="b")]
    (weights / KNOWN_FIGURES).write_bytes(msgspec.json.encode(before))
    write_ranges(weights / f"full.{RANGES_FILE}", {"onnxruntime": {"x": (0.0, 1.0)}})
    measured = [VariantCard(id="a", wire_bytes=7), VariantCard(id="c")]
    (out / KNOWN_FIGURES).write_bytes(msgspec.json.encode(measured))
    write_ranges(out / f"full.{RANGES_FILE}", {"litert": {"y": (0.0, 2.0)}})

    keep_known(out, weights)
    cards = known_figures(weights)
    assert list(cards) == ["a", "b", "c"]
    assert cards["a"].wire_bytes == 7
    assert cards["a"].street_ap50 == streets, "another bench has measured them"
    assert set(read_ranges(weights / f"full.{RANGES_FILE}")) == {"onnxruntime", "litert"}


def _row(name: str, kind: str, latency_ms: float, ap50: float, parent: str = "full") -> Row:
    return Row(
        name=name, kind=kind, parent=parent, latency_p50_ms=latency_ms, ap50={"day-dry-free": ap50}
    )


def test_a_rival_is_set_beside_the_quickest_recipe_that_is_no_less_accurate() -> None:
    rows = [
        _row("ours", "recipe", 10.0, 0.80),
        _row("inaccurate", "recipe", 5.0, 0.70),
        _row("half", "recipe", 1.0, 0.90, parent="half"),
        _row("slower", "baseline", 15.0, 0.801),
        _row("quicker", "baseline", 8.0, 0.79),
        _row("better", "baseline", 20.0, 0.85),
    ]
    slower, quicker, better = Report("384x288", {}, rows).rivals
    assert slower.ours is not None and slower.ours.name == "ours"
    assert (slower.speed_up, slower.is_met) == (1.5, True)
    assert (quicker.speed_up, quicker.is_met) == (0.8, False)
    assert (better.ours, better.is_met) == (None, False)


def test_a_regime_that_none_of_a_models_pictures_are_of_has_no_figure() -> None:
    other = Row(name="photos", kind="recipe", parent="own", ap50={"day": 0.9})
    (line,) = [
        line
        for line in markdown(
            Report("384x288", {}, [_row("ours", "recipe", 10.0, 0.8), other])
        ).splitlines()
        if line.startswith("| photos |")
    ]
    day, day_dry_free = [cell.strip() for cell in line.split("|")][-3:-1]
    assert day.startswith("0.900")
    assert day_dry_free == ""
