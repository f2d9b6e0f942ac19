"""Order statistics: what few values say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.statistics import (
    POCOCK_ALPHA,
    median_band,
    p95_above,
    percentile,
    quantile_low,
    summarise,
)

values_of_a_trial = st.lists(st.floats(0.1, 1e3), min_size=8, max_size=60)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0, 100))
def test_percentiles_agree_with_numpy(values: list[float], percent: float) -> None:
    assert percentile(values, percent) == pytest.approx(np.percentile(values, percent), abs=1e-6)


def test_no_values_have_percentiles_of_zero() -> None:
    assert percentile([], 50) == 0


def test_a_summary_names_the_percentiles() -> None:
    summary = summarise([10.0, 20.0, 30.0])
    assert (summary.count, summary.p50_ms, summary.p95_ms) == (3, 20, pytest.approx(29))


def test_the_interval_of_eight_is_all_of_them() -> None:
    values = [3.0, 1.0, 8.0, 6.0, 7.0, 4.0, 5.0, 2.0]
    assert (median_band(values).low, median_band(values).high) == (1.0, 8.0)


@given(values_of_a_trial)
def test_bands_are_ordered(values: list[float]) -> None:
    band = median_band(values)
    assert min(values) <= band.low <= band.middle <= band.high <= max(values)
    assert quantile_low(values, 0.95) <= max(values)


@given(values_of_a_trial, st.floats(0.1, 1e3))
def test_what_is_sure_is_also_likely(values: list[float], limit: float) -> None:
    assert p95_above(values, limit, sure=False) or not p95_above(values, limit, sure=True)


def test_the_band_holds_the_median_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    missed = 0
    for _ in range(2000):
        band = median_band(rng.exponential(size=30).tolist())
        missed += not band.low <= np.log(2) <= band.high
    assert missed / 2000 <= POCOCK_ALPHA + 0.006
