"""The table of the bench on sites."""

import msgspec
import pytest
from lamplighter_demo.benchmarks.sites.site_table import (
    CameraRow,
    Costs,
    compute_ratio,
    gain_points,
    table_of,
)

SIZES = ("256x192", "384x288", "512x384")
COSTS = Costs(
    small=dict(zip(SIZES, (2.0, 4.0, 8.0), strict=True)),
    large=dict(zip(SIZES, (6.0, 12.0, 24.0), strict=True)),
)


def _row(large: tuple[float, ...], small: tuple[float, ...], own: tuple[float, ...]) -> CameraRow:
    return CameraRow(
        camera="low",
        large=dict(zip(SIZES, large, strict=True)),
        small=dict(zip(SIZES, small, strict=True)),
        specialised=dict(zip(SIZES, own, strict=True)),
        agreement=(0.6, 0.8),
        elsewhere=(0.7, 0.69),
        pictures=180,
        cpu_s=120.0,
        kept=True,
    )


def test_equal_accuracy_is_read_between_the_sizes() -> None:
    row = _row((0.5, 0.6, 0.75), (0.4, 0.5, 0.6), (0.5, 0.6, 0.7))
    assert compute_ratio(row, COSTS) == {"256x192": 3.0, "384x288": 3.0}, "0.75 is not reached"
    between = _row((0.5, 0.55, 0.6), (0.4, 0.5, 0.6), (0.5, 0.6, 0.7))
    assert compute_ratio(between, COSTS)["384x288"] == pytest.approx(12 / 8**0.5, abs=0.01)


def test_an_accuracy_that_falls_with_the_size_is_not_taken_for_more() -> None:
    row = _row((0.5, 0.6, 0.6), (0.4, 0.5, 0.5), (0.55, 0.65, 0.6))
    assert compute_ratio(row, COSTS)["512x384"] == pytest.approx(24 / 8**0.5, abs=0.01)


def test_the_gain_is_the_mean_over_sizes_and_stands_in_the_table() -> None:
    row = _row((0.5, 0.6, 0.7), (0.4, 0.5, 0.6), (0.5, 0.6, 0.7))
    assert gain_points(row) == pytest.approx(10.0)
    text = table_of([row], COSTS)
    assert "Mean gain +10.0 points" in text
    assert "3.00x less" in text
    assert "0.700 to 0.690; kept\n" in text
    less = table_of([msgspec.structs.replace(row, blend=0.8)], COSTS)
    assert "kept, 80% of what was learnt\n" in less
