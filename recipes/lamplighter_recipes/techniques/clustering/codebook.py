"""The few values that stand for all weights of a layer, by k-means in one dimension.

In one dimension the weights nearest to a value are neighbours in sorted order, so a round of
Lloyd's takes a search for the borders and differences of running sums: exact, and a hundredth of
the time of a general k-means, which would be a dependency more. Where it starts decides more than
how long it runs. Evenly spaced values keep the large weights, which matter most, and most weights
then share a few values near zero, which compresses well (Han, Mao, Dally, Deep Compression, ICLR
2016, section 3.2); by density all values are used alike often, and hardly any byte is saved.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Start = Literal["linear", "density", "k-means++"]
Weights = NDArray[np.floating]

# From this share of zeros on they were made on purpose, by pruning, and stay exactly zero.
PRUNED_SHARE = 0.1
# Enough to draw starting values from: drawing costs as many passes as there are values.
DRAWN_FROM = 20_000


class _Sorted(NamedTuple):
    """Distinct weights in order, how often each occurs, and running sums with a zero before."""

    values: NDArray[np.float64]
    counts: NDArray[np.int64]
    numbers: NDArray[np.int64]
    sums: NDArray[np.float64]


def codebook(
    weights: Weights, entries: int, start: Start = "linear", rounds: int = 30, seed: int = 0
) -> NDArray[np.float64]:
    """At most `entries` values in order; the weights themselves where they are no more."""
    ordered = _ordered(weights)
    if len(ordered.values) <= entries:
        return ordered.values
    entry_values = _start(ordered, entries, start, seed)
    for _ in range(rounds):
        moved = _moved(ordered, entry_values)
        if np.array_equal(moved, entry_values):
            break
        entry_values = moved
    return _with_zero(ordered, entry_values)


def nearest(weights: Weights, entries: NDArray[np.floating]) -> NDArray[np.uint8]:
    """For each weight the number of the entry that is nearest to it; entries are in order."""
    borders = (entries[1:] + entries[:-1]) / 2
    numbers: NDArray[np.uint8] = np.searchsorted(borders, weights).astype(np.uint8)
    return numbers


def _ordered(weights: Weights) -> _Sorted:
    values, counts = np.unique(weights.astype(np.float64), return_counts=True)
    numbers = np.concatenate([[0], np.cumsum(counts)])
    sums = np.concatenate([[0.0], np.cumsum(counts * values)])
    return _Sorted(values, counts, numbers, sums)


def _start(ordered: _Sorted, entries: int, start: Start, seed: int) -> NDArray[np.float64]:
    values = ordered.values
    if start == "linear":
        return np.linspace(values[0], values[-1], entries)
    if start == "density":
        shares = ordered.numbers[1:] / ordered.numbers[-1]
        return np.unique(np.interp((np.arange(entries) + 0.5) / entries, shares, values))
    return _drawn(ordered, entries, np.random.default_rng(seed))


def _drawn(ordered: _Sorted, entries: int, random: np.random.Generator) -> NDArray[np.float64]:
    """k-means++: each further value is drawn by its squared distance from those before, as often
    as it occurs (Arthur & Vassilvitskii, SODA 2007)."""
    drawn = random.multinomial(DRAWN_FROM, ordered.counts / ordered.counts.sum())
    counts = ordered.counts if len(ordered.values) <= DRAWN_FROM else drawn
    pool, weights = ordered.values[counts > 0], counts[counts > 0].astype(np.float64)
    chosen = [random.choice(pool, p=weights / weights.sum())]
    distances = (pool - chosen[0]) ** 2
    while len(chosen) < entries and distances.any():
        chances = weights * distances
        chosen.append(random.choice(pool, p=chances / chances.sum()))
        distances = np.minimum(distances, (pool - chosen[-1]) ** 2)
    return np.unique(chosen)


def _moved(ordered: _Sorted, entries: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each entry at the mean of the weights nearest to it; those that have none stay.

    Beside large sums the difference of two rounds, so a mean is kept between its own weights: two
    entries are never equal.
    """
    values = ordered.values
    borders = np.searchsorted(values, (entries[1:] + entries[:-1]) / 2)
    edges = np.concatenate([[0], borders, [len(values)]])
    numbers, sums = np.diff(ordered.numbers[edges]), np.diff(ordered.sums[edges])
    least = values[np.minimum(edges[:-1], len(values) - 1)]
    most = values[np.maximum(edges[1:] - 1, 0)]
    means = np.clip(sums / np.maximum(numbers, 1), least, most)
    return np.where(numbers > 0, means, entries)


def _with_zero(ordered: _Sorted, entries: NDArray[np.float64]) -> NDArray[np.float64]:
    zeros = ordered.counts[ordered.values == 0.0].sum()
    if zeros < PRUNED_SHARE * ordered.numbers[-1]:
        return entries
    exact = entries.copy()
    exact[np.argmin(np.abs(exact))] = 0.0
    return exact
