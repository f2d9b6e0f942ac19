"""What plans may expect of counts, from what was counted beside the truth."""

import pytest
from lamplighter_demo.benchmarks.counting.bench_counting import TRUE_BOXES, ClipRow
from lamplighter_demo.benchmarks.counting.expected_errors import count_figures
from lamplighter_demo.benchmarks.counting.identities import Identities
from lamplighter_demo.benchmarks.counting.movements import Movement


def _row(clip: str, regime: str, counted: int, fps: float = 6.25, source: str = "net") -> ClipRow:
    """Ten crossings of a clip, of which so many were counted."""
    return ClipRow(
        source=source,
        size="384x288",
        fps=fps,
        clip=clip,
        camera=clip[0],
        regime=regime,
        seconds=75.0,
        unseen=0,
        movements=[Movement(line="a", direction="in", kind="car", true=[10], counted=[counted])],
        identities=Identities(hits=0, true=0, tracked=0, switches=0),
        cpu_us_per_frame=1.0,
    )


def test_errors_are_told_by_size_regime_and_rate() -> None:
    rows = [
        _row("a1", "day-dry-jam", 9),
        _row("b1", "day-dry-jam", 7),
        _row("a1", "day-dry-jam", 5, fps=3.0),
        _row("a2", "night-dry-free", 10),
        _row("a1", "day-dry-jam", 10, source=TRUE_BOXES),
    ]
    [figures] = count_figures(rows, {"net": "net-123"})
    assert figures.variant == "net-123"
    by_rate = figures.errors["384x288"]["day-dry-jam"]
    assert [(row.fps, row.error) for row in by_rate] == [(3.0, 0.5), (6.25, 0.2)]
    assert (by_rate[1].low, by_rate[1].high) == (0.1, 0.3), "from camera to camera"
    assert figures.errors["384x288"]["night-dry-free"][0].error == 0.0
    assert figures.crossings["day-dry-jam"] == 20


def test_rain_counts_as_a_dry_day_does() -> None:
    [figures] = count_figures([_row("a1", "day-rain-jam", 8)], {"net": "n"})
    by_regime = figures.errors["384x288"]
    assert by_regime["day-dry-jam"] == by_regime["day-rain-jam"]
    assert "day-dry-free" not in by_regime


def test_one_camera_is_drawn_by_clips() -> None:
    rows = [_row("a1", "day-dry-free", 10), _row("a2", "day-dry-free", 6)]
    [figures] = count_figures(rows, {"net": "n"})
    [row] = figures.errors["384x288"]["day-dry-free"]
    assert row.error == pytest.approx(0.2) and row.low < row.error < row.high
