"""A day on which limits move: what a device's processor has left for the street by the hour. Pure.

Other programs take their part of a shared quota in rush hours, heat throttles a camera in the
afternoon, a battery gives less once it is dark. A point that takes more serves fewer frames. Counts
ask for no more than `MOST_FPS`, whatever a camera could give.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from lamplighter_wire.street.count_error import count_error_at

from lamplighter_demo.benchmarks.day.arms import (
    FIXED,
    MOST_FPS,
    PLANNED,
    CostsMs,
    Known,
    Setting,
    candidates,
    equal,
)
from lamplighter_demo.benchmarks.day.day_devices import DayDevice

# Assumed: a camera's core does a quarter of what the core does that frames were measured on.
CORE_SPEED = 0.25
# Rates that a bounded point serves at, in frames a second.
BOUND_FPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, MOST_FPS)

BY_HOUR, BY_HOUR_FASTEST = "by the hour", "by the hour, fastest runtime"
BOUND_ARMS = (FIXED, PLANNED, BY_HOUR, BY_HOUR_FASTEST)


@dataclass(frozen=True)
class MovingLimit:
    """Shares of the core that the street may take: usually, and in some hours for a reason."""

    why: str
    usual: float
    tight: float
    tight_hours: frozenset[int]

    def share(self, hour: int) -> float:
        """Of the core, in an hour from midnight on."""
        return self.tight if hour in self.tight_hours else self.usual


_RUSH = frozenset({7, 8, 16, 17, 18})
_HEAT = frozenset(range(12, 18))
_DARK = frozenset({*range(8), *range(17, 24)})
_BACKUP = frozenset({22, 23, *range(6)})

LIMITS: Mapping[str, MovingLimit] = {
    "gateway": MovingLimit("others take the shared quota in rush hours", 0.6, 0.12, _RUSH),
    "box": MovingLimit("others take the shared quota in rush hours", 0.5, 0.1, _RUSH),
    "camera": MovingLimit("heat throttles it in the afternoon", 0.5, 0.12, _HEAT),
    "camera-noint8": MovingLimit("heat throttles it in the afternoon", 0.8, 0.2, _HEAT),
    "camera-small": MovingLimit("another program runs at night", 0.3, 0.06, _BACKUP),
    "solar": MovingLimit("the battery gives 0.3 W in the dark, 1 W by day", 0.25, 0.075, _DARK),
}


def bounded(setting: Setting, share: float, costs_ms: CostsMs) -> Setting:
    """The same, at the highest rate that fits into a share of the core; never below the lowest."""
    second_ms = 1000.0 * share * CORE_SPEED
    most_fps = min(setting.fps, second_ms / costs_ms[setting.work])
    return replace(setting, fps=max([f for f in BOUND_FPS if f <= most_fps] or BOUND_FPS[:1]))


def fixed_hours(device: DayDevice, setting: Setting, costs_ms: CostsMs) -> list[Setting]:
    """One network at one size all day, at the rate that each hour leaves it."""
    limit = LIMITS[device.id]
    return [bounded(setting, limit.share(hour), costs_ms) for hour in range(24)]


def bound_hours(
    arm: str, device: DayDevice, fixed: Setting, known: Known, regimes: Sequence[str]
) -> list[Setting]:
    """By hour, what an arm serves. `regimes`: of each hour; `fixed`: the best fixed choice."""
    if arm == FIXED:
        return fixed_hours(device, fixed, known.costs_ms)
    if arm == PLANNED:
        days = [fixed_hours(device, one, known.costs_ms) for one in candidates(device)]
        return min(_near(days, known, regimes), key=lambda day: _work_ms(day, known.costs_ms))
    ways = device.ways if arm == BY_HOUR_FASTEST else (device.base,)
    return [_of_hour(device, known, hour, regime, ways) for hour, regime in enumerate(regimes)]


def _of_hour(
    device: DayDevice, known: Known, hour: int, regime: str, ways: Sequence[str]
) -> Setting:
    """The cheapest within a point of the least error that is expected of what fits."""
    share = LIMITS[device.id].share(hour)
    fitting = [
        [bounded(replace(one, way=way), share, known.costs_ms)]
        for one in candidates(device)
        for way in ways
    ]
    near = _near(fitting, known, [regime])
    return min(near, key=lambda some: _work_ms(some, known.costs_ms))[0]


def _near(
    days: Sequence[list[Setting]], known: Known, regimes: Sequence[str]
) -> list[list[Setting]]:
    """Those within a point of the least error that the catalogue expects, mean over the hours."""
    errors = [
        mean(_error(known, one, regime) for one, regime in zip(day, regimes, strict=True))
        for day in days
    ]
    return [d for d, error in zip(days, errors, strict=True) if error <= min(errors) + equal()]


def _work_ms(settings: Iterable[Setting], costs_ms: CostsMs) -> float:
    return sum(one.fps * costs_ms[one.work] for one in settings)


def _error(known: Known, one: Setting, regime: str) -> float:
    found = count_error_at(known.errors[one.network, one.size][regime], one.fps)
    return found.error if found is not None else 1.0
