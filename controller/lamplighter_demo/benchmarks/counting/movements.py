"""True and counted crossings side by side: by line and direction, class and interval."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from lamplighter_demo.comparison.device_counts import Crossing

INTERVALS = 10  # of a clip
SEEN_WITHIN_S = 1.0


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One class over one line in one direction; lists have an entry for each interval."""

    line: str
    direction: str
    kind: str
    true: list[int]
    counted: list[int]


def movements(truth: dict[str, Any], counted: Sequence[Crossing], seconds: float) -> list[Movement]:
    """All movements of a clip that somebody took or that were counted."""
    real = Counter(
        (c["line"], c["direction"], c["kind"], _interval(c["frame"] / truth["fps"], seconds))
        for c in truth["crossings"]
    )
    seen = Counter((c.line, c.direction, c.kind, _interval(c.at, seconds)) for c in counted)
    return [
        Movement(
            line=line,
            direction=direction,
            kind=kind,
            true=[real[line, direction, kind, n] for n in range(INTERVALS)],
            counted=[seen[line, direction, kind, n] for n in range(INTERVALS)],
        )
        for line, direction, kind in sorted({key[:3] for key in real.keys() | seen.keys()})
    ]


def _interval(at: float, seconds: float) -> int:
    return min(int(at / seconds * INTERVALS), INTERVALS - 1)


def unseen(truth: dict[str, Any]) -> int:
    """True crossings of objects without a box within a second of it: nobody can count these."""
    frames: dict[int, list[int]] = {}
    for number, rows in enumerate(truth["frames"]):
        for row in rows:
            frames.setdefault(row[5], []).append(number)
    least = SEEN_WITHIN_S * truth["fps"]
    return sum(
        not any(abs(frame - c["frame"]) <= least for frame in frames.get(c["number"], []))
        for c in truth["crossings"]
    )


def count_score(movement: Movement) -> float:
    """1 less the normalised weighted RMSE of the AI City Challenge (Track 1 of 2020, 2021), ≥ 0.

    Of cumulative counts by the end of each interval, later ones weighing more, over the true
    number; that is taken as 1 where nobody took the movement.
    """
    off = np.cumsum(movement.counted) - np.cumsum(movement.true)
    weights = np.arange(1, INTERVALS + 1) / (INTERVALS * (INTERVALS + 1) / 2)
    error = float(np.sqrt((weights * off**2).sum()))
    return max(0.0, 1.0 - error / max(sum(movement.true), 1))


def mean_score(clips: Iterable[Sequence[Movement]]) -> float:
    """Of all movements of some clips, each weighing as many as took it."""
    pairs = [(count_score(m), sum(m.true)) for movements in clips for m in movements]
    total = sum(weight for _, weight in pairs)
    return sum(score * weight for score, weight in pairs) / total if total else 1.0


def absolute_error(clips: Iterable[Sequence[Movement]], *, by_class: bool = False) -> float:
    """Sum of |counted - true| of each clip and movement, over all true crossings.

    `by_class`: a class that is taken for another is an error, too.
    """
    off = true = 0
    for one in clips:
        sums: Counter[tuple[str, ...]] = Counter()
        for m in one:
            key = (m.line, m.direction, m.kind) if by_class else (m.line, m.direction)
            sums[key] += sum(m.counted) - sum(m.true)
            true += sum(m.true)
        off += sum(abs(value) for value in sums.values())
    return off / max(true, 1)


def total_error(clips: Iterable[Sequence[Movement]]) -> float:
    """(counted - true) / true over everything: negative where some are missed."""
    joined = [m for one in clips for m in one]
    true = sum(sum(m.true) for m in joined)
    return (sum(sum(m.counted) for m in joined) - true) / max(true, 1)
