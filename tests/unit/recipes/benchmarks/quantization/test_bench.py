"""Forms of a tiny parent are built and measured, and trained ones kept."""

from pathlib import Path

import pytest
from lamplighter_recipes.benchmarks.quantization.bench import Setting, bench_quantization
from lamplighter_recipes.benchmarks.quantization.forms import FORMS
from lamplighter_recipes.benchmarks.quantization.page import page
from lamplighter_recipes.variants.identity import Materials

pytest.importorskip("torchao")
pytestmark = pytest.mark.torch


def setting(folders: Materials) -> Setting:
    return Setting(folders, "nanodet-p50", size="96x64", frames=2)


def test_fewer_bits_take_fewer_bytes(folders: Materials) -> None:
    names = (
        "floats",
        "static, ranges of nine pictures in ten",
        "static, 4-bit weights by extremes",
    )
    forms = [form for form in FORMS if form.runtime == "onnxruntime" and form.name in names]
    rows = bench_quantization(setting(folders), 1, lambda _: None, forms)
    assert [row.name for row in rows] == list(names)
    assert rows[0].wire_bytes > rows[1].wire_bytes > rows[2].wire_bytes
    assert all(row.cpu_ms > 0 for row in rows)
    text = page(rows, [], setting(folders), 0)
    assert "| onnxruntime | floats |" in text


def test_trained_forms_are_kept_and_not_trained_again(folders: Materials, tmp_path: Path) -> None:
    from lamplighter_recipes.benchmarks.quantization.trained import Lesson, bench_training

    lesson = Lesson((folders.evaluation_dir,), steps=1, seeds=(0, 1))
    out = tmp_path / "not" / "there yet"
    rows = bench_training(setting(folders), lesson, out, lambda _: None)
    assert [len(row.ap50) for row in rows] == [1, 1, 2, 1, 1, 2, 2]
    assert rows[2].wire_bytes < rows[0].wire_bytes
    written = {path: path.stat().st_mtime_ns for path in out.glob("*/nanodet-p50.onnx")}
    assert len(written) == 10
    again = bench_training(setting(folders), lesson, out, lambda _: None)
    assert again == rows
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert "with hard-swish: 4-bit weights, trained under rounding" in page(
        [], rows, setting(folders), 1
    )
