"""Ranges of activations: what an outlier moves, and what loses least when it is quantized."""

import numpy as np
import pytest
from lamplighter_recipes.runtimes.calibration_rule import (
    Method,
    range_of_extremes,
    ranges_of_values,
)
from numpy.typing import NDArray

Pictures = list[NDArray[np.float32]]


def chosen(pictures: Pictures, method: Method) -> tuple[float, float]:
    """The range of one tensor, as both runtimes find it."""
    extremes = np.array([(values.min(), values.max()) for values in pictures], np.float64)
    limits = range_of_extremes(extremes, method)
    if method in ("trimmed", "minmax"):
        return limits
    return ranges_of_values({"t": limits}, ({"t": p} for p in pictures), method)["t"]


def quantization_error(pictures: Pictures, low: float, high: float) -> float:
    """Mean square, computed value by value."""
    values = np.concatenate(pictures)
    step = (high - low) / 255
    zero = np.round(-low / step)
    quantized = (np.clip(np.round(values / step) + zero, 0, 255) - zero) * step
    return float(((values - quantized) ** 2).mean())


@pytest.fixture
def heavy_tailed() -> Pictures:
    """Laplace's distribution: its extremes are eight times its deviation, a normal one's five."""
    rng = np.random.default_rng(0)
    return [rng.laplace(size=20_000).astype(np.float32) for _ in range(10)]


@pytest.mark.parametrize("method", ["percentile", "trimmed"])
def test_one_outlier_moves_the_plain_extremes_alone(method: Method) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.normal(size=20_000).astype(np.float32) for _ in range(20)]
    before = {name: chosen(pictures, name) for name in ("minmax", method)}
    pictures[3][7] = 400.0
    assert chosen(pictures, "minmax")[1] == 400.0
    assert before["minmax"][1] < 6
    moved = abs(chosen(pictures, method)[1] - before[method][1])
    assert moved < 0.5


@pytest.mark.parametrize("method", ["entropy", "mse"])
def test_a_heavy_tail_is_cut_where_that_loses_less(method: Method, heavy_tailed: Pictures) -> None:
    plain, cut = (chosen(heavy_tailed, name) for name in ("minmax", method))
    assert plain[0] < cut[0] < 0 < cut[1] < plain[1]
    assert quantization_error(heavy_tailed, *cut) < 0.8 * quantization_error(heavy_tailed, *plain)


def test_no_other_method_has_a_smaller_square_error(heavy_tailed: Pictures) -> None:
    methods: tuple[Method, ...] = ("trimmed", "minmax", "percentile", "entropy", "mse")
    errors = {m: quantization_error(heavy_tailed, *chosen(heavy_tailed, m)) for m in methods}
    assert errors["mse"] == min(errors.values())


@pytest.mark.parametrize("method", ["entropy", "mse"])
def test_what_is_spread_evenly_is_not_cut(method: Method) -> None:
    even = [np.linspace(-1, 3, 50_000, dtype=np.float32)]
    low, high = chosen(even, method)
    assert low == pytest.approx(-1, abs=0.04)
    assert high == pytest.approx(3, abs=0.12)


@pytest.mark.parametrize("method", ["entropy", "mse", "percentile"])
def test_zeros_of_a_relu_say_nothing_of_the_range(method: Method, heavy_tailed: Pictures) -> None:
    halved = [np.maximum(picture, 0) for picture in heavy_tailed]
    positive = [picture[picture > 0] for picture in heavy_tailed]
    low, high = chosen(halved, method)
    assert low == 0
    assert high == pytest.approx(chosen(positive, method)[1], rel=0.01)


def test_a_padding_of_minus_infinity_is_not_a_value() -> None:
    values = np.array([-np.inf, 1.0, 2.0], np.float32)
    low, high = ranges_of_values({"t": (0.0, 2.0)}, [{"t": values}], "percentile")["t"]
    assert 0 <= low <= 1.01
    assert high == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("method", ["percentile", "entropy", "mse"])
def test_a_tensor_without_values_keeps_its_limits(method: Method) -> None:
    limits = {"t": (0.0, 0.0), "u": (0.0, 4.0)}
    assert ranges_of_values(limits, [{"t": np.zeros(5, np.float32)}], method) == limits
