"""How many frames a second are worth it for counts, on a device and in a regime."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from lamplighter_wire.messages import Limits, Prediction
from lamplighter_wire.rules.limits import sustainable_fps, violations
from lamplighter_wire.street.count_error import CountError, count_error_at

EPSILON = 1e-9


class RateLimits(NamedTuple):
    """What holds whatever the rate: limits, idle power, share of a slot, and what is demanded."""

    limits: Limits
    idle_w: float
    slot_share: float
    fps_demand: float
    fps_room: float


class CountingRate(NamedTuple):
    """A bound on the frame rate, and what comes of it.

    Attributes:
        cap: frames a second at most.
        fps: that are served now, of those demanded.
        fps_room: that must be possible, so that the demand may grow up to the bound.
        broken: hard limits that do not hold at `fps`: name -> share over the limit.
    """

    cap: float
    fps: float
    fps_room: float
    error: CountError
    broken: dict[str, float]


def for_device(rows: Sequence[CountError], camera_fps: float, streams: int) -> list[CountError]:
    """Rates of all streams of a device together, none above what its cameras give; 0: no bound."""
    streams = max(streams, 1)
    total = [msgspec.structs.replace(row, fps=streams * row.fps) for row in rows]
    if not total or not 0 < camera_fps < total[-1].fps:
        return total
    most = count_error_at(total, camera_fps)
    return [row for row in total if row.fps < camera_fps] + ([most] if most else [])


def best_rate(
    rows: Sequence[CountError],
    predicted: Prediction,
    around: RateLimits,
    equal: float,
    least_fps: float,
) -> CountingRate | None:
    """The least error with room for the demand, and of what is within `equal` of it the cheapest.

    Where no measured rate keeps the limits: as many frames as do, if `least_fps` are possible.
    None: not even these.
    """
    rates = [_at(row.fps, rows, predicted, around) for row in rows]
    limit = sustainable_fps(predicted, around.limits, around.idle_w, around.slot_share)
    kept = [rate for rate in rates if not rate.broken]
    roomy = [rate for rate in kept if limit >= rate.fps_room - EPSILON]
    pool = roomy or kept
    if pool:
        least = min(rate.error.error for rate in pool)
        near = [rate for rate in pool if rate.error.error <= least + equal + EPSILON]
        return min(near, key=lambda rate: (rate.fps, rate.error.error, -rate.cap))
    cap = int(limit * 10) / 10
    if cap < least_fps:
        return None
    capped = _at(cap, rows, predicted, around)
    return None if capped.broken else capped


def _at(
    cap: float, rows: Sequence[CountError], predicted: Prediction, around: RateLimits
) -> CountingRate:
    fps = min(around.fps_demand, cap)
    error = count_error_at(rows, cap)
    assert error is not None  # noqa: S101 - there are rows where there is a rate
    broken = violations(predicted, around.limits, fps, around.idle_w, around.slot_share)
    return CountingRate(cap, fps, min(around.fps_room, cap), error, broken)
