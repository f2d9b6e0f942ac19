"""Percentiles that can be added up: counts of frames by latency, in buckets of 5 %. Pure.

A device sends percentiles of its windows, and averages of percentiles are none. A sketch spreads a
window's frames over the buckets between its percentiles; sketches add exactly, in any order, and a
percentile read from one is at most 2.5 % beside what went in.
"""

import math
from collections.abc import Iterable

import msgspec

GROWTH = 1.05  # of each bucket's upper edge over the one below
# Frames are counted in hundredths, so that shares of them stay whole numbers.
UNIT = 100
# Latencies of a frame: from a microsecond to a day.
LEAST_MS, MOST_MS = 1e-3, 8.64e7


class Sketch(msgspec.Struct, frozen=True, array_like=True):
    """Hundredths of frames by bucket, from bucket `first` upwards."""

    first: int = 0
    counts: tuple[int, ...] = ()

    def percentile_ms(self, percent: float) -> float:
        """The latency that so many of a hundred frames stay below; 0 without frames."""
        reached, wanted = 0, percent / 100 * sum(self.counts)
        for place, count in enumerate(self.counts, self.first):
            reached += count
            if count and reached >= wanted:
                return 2 * GROWTH**place / (GROWTH + 1)  # as far from either edge
        return 0.0


def added(sketches: Iterable[Sketch]) -> Sketch:
    """All frames of several sketches in one."""
    filled = [sketch for sketch in sketches if sketch.counts]
    if not filled:
        return Sketch()
    first = min(sketch.first for sketch in filled)
    counts = [0] * (max(sketch.first + len(sketch.counts) for sketch in filled) - first)
    for sketch in filled:
        for place, count in enumerate(sketch.counts, sketch.first - first):
            counts[place] += count
    return Sketch(first, tuple(counts))


def sketch_of(frames: int, p50_ms: float, p95_ms: float, p99_ms: float) -> Sketch:
    """A window's frames: half at the median, the rest spread up to its higher percentiles."""
    if frames <= 0 or p50_ms <= 0:
        return Sketch()
    middle = _bucket(p50_ms)
    high = max(middle, _bucket(p95_ms))
    top = max(high, _bucket(p99_ms))
    counts = [0] * (top - middle + 1)
    counts[0] = 50 * frames
    _spread(counts, 45 * frames, 1, high - middle)
    _spread(counts, 4 * frames, high - middle + 1, top - middle)
    counts[-1] += frames
    return Sketch(middle, tuple(counts))


def _spread(counts: list[int], amount: int, first: int, last: int) -> None:
    """Add evenly from one place to another; what does not divide goes to the last."""
    places = max(last - first + 1, 1)
    for place in range(first, last + 1):
        counts[place] += amount // places
    counts[last] += amount - amount // places * max(last - first + 1, 0)


def _bucket(latency_ms: float) -> int:
    return math.ceil(math.log(min(max(latency_ms, LEAST_MS), MOST_MS), GROWTH))
