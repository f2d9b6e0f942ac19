"""The range that loses least of a distribution when it is cut into 256 equal steps.

A range that holds everything has wide steps; one that is cut off has fine steps and clips what lies
outside. Both ends are searched for in turn, each with the other fixed, towards zero.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.runtimes.histogram import Histogram

Range = tuple[float, float]
Loss = Callable[[Histogram, float, float], float]
STEPS = 255
# Shares of the whole length of a side that are tried; below a sixteenth it would be another tensor.
SHARES = np.linspace(1 / 16, 1, 61)
ROUNDS = 2
LEAST_PROBABILITY = 1e-9  # stands for none: an event of no probability has infinite entropy


def least_square_error(histogram: Histogram) -> Range:
    """Least mean square of the difference to the quantized values (Shin et al., Fixed-point
    performance analysis of recurrent neural networks, ICASSP 2016)."""
    return _search(histogram, square_error)


def least_entropy(histogram: Histogram) -> Range:
    """Least relative entropy of the quantized distribution to the true one (Migacz, 8-bit inference
    with TensorRT, 2017), for either end."""
    return _search(histogram, relative_entropy)


def square_error(histogram: Histogram, low: float, high: float) -> float:
    """Mean square of what quantizing to [low, high] takes away."""
    step = (high - low) / STEPS
    values = histogram.centres
    cut = np.clip(values, low, high)
    inside = step**2 / 12  # of an even distribution within a step
    total = max(int(histogram.counts.sum()), 1)
    return float((histogram.counts * ((values - cut) ** 2 + inside)).sum() / total)


def relative_entropy(histogram: Histogram, low: float, high: float) -> float:
    """Kullback-Leibler divergence of 256 steps from the bins between low and high.

    What lies outside is counted in the outermost bins, as it is clipped, but the steps do not know
    of it: so a cut that moves much weighs.
    """
    first, last = (round((end - histogram.low) / histogram.width) for end in (low, high))
    inner = histogram.counts[first:last].astype(np.float64)
    if not inner.sum():
        return float("inf")
    clipped = inner.copy()
    clipped[0] += histogram.counts[:first].sum()
    clipped[-1] += histogram.counts[last:].sum()
    return _divergence(clipped / clipped.sum(), _levelled(inner))


def _levelled(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distribution as 256 steps hold it: even over the bins of a step that are not empty."""
    step_of_bin = np.arange(len(counts)) * (STEPS + 1) // len(counts)
    occupied = counts > 0
    sums = np.bincount(step_of_bin, counts, STEPS + 1)
    shares = np.bincount(step_of_bin, occupied, STEPS + 1)
    levelled = np.where(occupied, (sums / np.maximum(shares, 1))[step_of_bin], 0.0)
    return levelled / levelled.sum()


def _divergence(true: NDArray[np.float64], approximate: NDArray[np.float64]) -> float:
    present = true > 0
    reached = np.maximum(approximate[present], LEAST_PROBABILITY)
    return float((true[present] * np.log(true[present] / reached)).sum())


def _search(histogram: Histogram, loss: Loss) -> Range:
    low, high = histogram.low, histogram.high
    if not histogram.counts.sum():
        return low, high
    for _ in range(ROUNDS):
        high = min(_ends(histogram.high), key=lambda end: loss(histogram, low, end))
        low = min(_ends(histogram.low), key=lambda end: loss(histogram, end, high))
    return low, high


def _ends(whole: float) -> list[float]:
    """From the whole side inwards: of equal ones the widest."""
    return [float(share * whole) for share in SHARES[::-1]] if whole else [0.0]
