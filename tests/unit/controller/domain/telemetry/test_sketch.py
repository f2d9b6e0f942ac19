"""Percentiles of many windows together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.telemetry.sketch import Sketch, added, sketch_of

ROUNDING = 0.025

windows = st.tuples(
    st.integers(0, 10**6),
    st.floats(0.5, 1000.0),
    st.floats(1.0, 3.0),
    st.floats(1.0, 3.0),
).map(lambda w: (w[0], w[1], w[1] * w[2], w[1] * w[2] * w[3]))


@given(windows)
def test_a_window_has_its_own_percentiles(window: tuple[int, float, float, float]) -> None:
    frames, *expected = window
    sketch = added([sketch_of(*window)] * 7)
    read = [sketch.percentile_ms(percent) for percent in (50, 95, 99)]
    assert read == pytest.approx(expected if frames else [0.0, 0.0, 0.0], rel=ROUNDING)
    assert sum(sketch.counts) == 7 * 100 * frames, "every frame counts once"


@given(st.lists(windows, max_size=8))
def test_sketches_add_in_any_order(several: list[tuple[int, float, float, float]]) -> None:
    sketches = [sketch_of(*window) for window in several]
    whole = added(sketches)
    assert added(reversed(sketches)) == whole
    assert added([added(sketches[:3]), added(sketches[3:])]) == whole


def test_a_slow_hour_is_not_averaged_away() -> None:
    fast, slow = sketch_of(900, 10.0, 12.0, 14.0), sketch_of(100, 100.0, 120.0, 140.0)
    both = added([fast, slow])
    assert both.percentile_ms(50) == pytest.approx(10.0, rel=0.1)
    assert 95.0 < both.percentile_ms(95) < 125.0, "the mean of both would be 23"


def test_what_no_honest_device_sends_is_counted_too() -> None:
    for p50, p95, p99 in ((1e300, 1e300, 1e300), (1e-300, 0.0, -1.0), (5.0, 1.0, 0.0)):
        assert sum(sketch_of(3, p50, p95, p99).counts) == 300
    assert sketch_of(-1, 1.0, 1.0, 1.0) == Sketch() == sketch_of(4, 0.0, 0.0, 0.0)
