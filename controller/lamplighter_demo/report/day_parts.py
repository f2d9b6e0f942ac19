"""A device's windows put together into parts of its day. Pure."""

from collections.abc import Iterable

from lamplighter_wire.messages import Telemetry
from lamplighter_wire.street.turns import crossings

from lamplighter_demo.report.schema import DayPart

PART_S = 10.0


def day_parts(windows: Iterable[Telemetry], begin: float) -> list[DayPart]:
    """Parts in the order of time, those without a window left out. `begin`: of the day."""
    found: dict[int, list[Telemetry]] = {}
    for window in windows:
        found.setdefault(int((window.start - begin) // PART_S), []).append(window)
    return [_part(number, found[number]) for number in sorted(found)]


def _part(number: int, windows: Iterable[Telemetry]) -> DayPart:
    some = list(windows)
    energy_mj = sum(window.frames * window.energy_mj_per_frame for window in some)
    return DayPart(
        at=number * PART_S,
        seconds=PART_S,
        frames=sum(window.frames for window in some),
        crossings=sum(crossings(window.counts) for window in some),
        energy_j=round(energy_mj / 1000, 3),
    )
