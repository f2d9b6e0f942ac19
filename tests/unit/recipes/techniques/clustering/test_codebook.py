"""Few values for many weights: exact in one dimension, and where a start decides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lamplighter_recipes.techniques.clustering.codebook import Start, codebook, nearest

STARTS: tuple[Start, ...] = ("linear", "density", "k-means++")


def _weights(count: int = 20_000, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_t(4, count).astype(np.float32)


def _error(weights: np.ndarray, values: np.ndarray) -> float:
    return float(((values[nearest(weights, values)] - weights) ** 2).mean())


@pytest.mark.parametrize("start", STARTS)
def test_rounds_bring_the_values_nearer_to_the_weights(start: Start) -> None:
    weights = _weights()
    errors = [_error(weights, codebook(weights, 16, start, rounds)) for rounds in (1, 5, 50)]
    assert errors[0] > errors[1] > errors[2]
    rounded = np.linspace(weights.min(), weights.max(), 16)
    assert errors[2] < 0.6 * _error(weights, rounded)


@pytest.mark.parametrize("start", STARTS)
def test_a_value_is_the_mean_of_the_weights_that_are_nearest_to_it(start: Start) -> None:
    weights = _weights()
    values = codebook(weights, 16, start, rounds=1000)
    numbers = nearest(weights, values)
    for number in np.unique(numbers):
        assert values[number] == pytest.approx(weights[numbers == number].mean(), abs=1e-4)


@given(st.lists(st.floats(-9, 9, width=32), min_size=1, max_size=40), st.integers(2, 16))
@settings(max_examples=60, deadline=None)
def test_each_weight_has_the_nearest_value(weights: list[float], entries: int) -> None:
    array = np.array(weights, np.float32)
    for start in STARTS:
        values = codebook(array, entries, start)
        assert len(values) <= entries
        assert (np.diff(values) > 0).all()
        distances = np.abs(array[:, None].astype(float) - values[None])
        assert _error(array, values) == pytest.approx((distances.min(1) ** 2).mean(), abs=1e-9)


def test_tiny_weights_beside_large_ones_have_a_value_of_their_own() -> None:
    weights = np.float32([-2, 0, 3e-45, 1e-20, 9])
    for entries in range(2, len(weights)):
        assert (np.diff(codebook(weights, entries, "k-means++")) > 0).all()


def test_no_more_values_than_entries_stay_as_they_are() -> None:
    weights = np.repeat(np.float32([-1.5, 0.25, 3.0]), 100)
    assert codebook(weights, 16).tolist() == [-1.5, 0.25, 3.0]


def test_an_even_start_keeps_the_large_weights_and_uses_the_others_unevenly() -> None:
    weights = _weights()
    even, dense = codebook(weights, 64, "linear", 1), codebook(weights, 64, "density", 1)
    largest = np.sort(np.abs(weights))[-20:]
    assert _error(largest, np.abs(even[even > 0])) < _error(largest, np.abs(dense[dense > 0]))
    assert _bits(nearest(weights, even)) < _bits(nearest(weights, dense)) - 1


def _bits(numbers: np.ndarray) -> float:
    shares = np.bincount(numbers) / len(numbers)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def test_what_occurs_often_is_drawn_often() -> None:
    """Two values hold nearly all weights; a hundred others occur once each."""
    weights = np.concatenate([np.repeat([0.0, 1.0], 5000), np.linspace(2, 3, 100)])
    errors = [
        _error(weights, codebook(weights, 2, "k-means++", rounds=1, seed=seed))
        for seed in range(40)
    ]
    assert np.mean(errors) < 0.1


def test_what_was_pruned_stays_exactly_zero() -> None:
    weights = _weights()
    weights[np.abs(weights) < 1] = 0.0
    values = codebook(weights, 16, rounds=20)
    assert (values[nearest(weights, values)][weights == 0.0] == 0.0).all()


def test_equal_seeds_draw_equal_values() -> None:
    first, second = (codebook(_weights(), 16, "k-means++", seed=3) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, codebook(_weights(), 16, "k-means++", rounds=1, seed=4))
