"""Order statistics of small samples: percentiles, and intervals that assume no distribution.

Intervals of medians and quantiles come from the binomial: the r-th smallest of n values lies below
a quantile exactly when at least r of them do.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

POCOCK_ALPHA = 0.0142  # nominal two-sided level per look: 6 looks, 5 % in all
QUANTILE_CONFIDENCE = 0.9  # that a 95th percentile really lies above the limit
MOST_SHOWN = 10.0  # of a share, to people
EARLY_CONFIDENCE = 0.99  # the same, where few samples are looked at, or often


@dataclass(frozen=True, slots=True)
class Band:
    """A figure with its interval at one look."""

    low: float
    middle: float
    high: float


def median_band(values: Sequence[float]) -> Band:
    """Median with a distribution-free interval at Pocock's nominal level."""
    ordered = sorted(values)
    rank = _median_rank(len(ordered))
    return Band(ordered[rank - 1], percentile(ordered, 50), ordered[-rank])


def quantile_low(
    values: Sequence[float], part: float, confidence: float = QUANTILE_CONFIDENCE
) -> float:
    """The order statistic that lies below the quantile with this confidence."""
    return sorted(values)[_quantile_rank(len(values), part, confidence) - 1]


def p95_above(times_ms: Sequence[float], limit_ms: float, *, sure: bool) -> bool:
    """Whether the 95th percentile lies above a limit; `sure` asks for EARLY_CONFIDENCE."""
    confidence = EARLY_CONFIDENCE if sure else QUANTILE_CONFIDENCE
    return quantile_low(times_ms, 0.95, confidence) > limit_ms


@cache
def _median_rank(count: int) -> int:
    """Greatest r such that P(Binomial(count, 1/2) < r) <= alpha / 2, at least 1."""
    rank = 0
    while _below(count, 0.5, rank + 1) <= POCOCK_ALPHA / 2:
        rank += 1
    return max(rank, 1)


@cache
def _quantile_rank(count: int, part: float, confidence: float) -> int:
    """Greatest r such that the r-th smallest lies below the quantile, with confidence."""
    rank = count
    while rank > 1 and 1 - _below(count, part, rank) < confidence:
        rank -= 1
    return rank


def _below(count: int, part: float, rank: int) -> float:
    """P(Binomial(count, part) < rank)."""
    terms = (math.comb(count, k) * part**k * (1 - part) ** (count - k) for k in range(rank))
    return math.fsum(terms)


def percentile(values: Collection[float], percent: float) -> float:
    """Linear interpolation between the closest ranks; 0.0 when there are no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Percentiles of one window in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def summarise(latencies_ms: Sequence[float]) -> LatencySummary:
    """Percentiles of a window."""
    return LatencySummary(
        len(latencies_ms),
        percentile(latencies_ms, 50),
        percentile(latencies_ms, 95),
        percentile(latencies_ms, 99),
    )


def share_text(share: float) -> str:
    """A share as people read it: "129%"; beyond ten times nobody wants to know by how much."""
    return f"{share:.0%}" if share <= MOST_SHOWN else f"more than {MOST_SHOWN:.0%}"
