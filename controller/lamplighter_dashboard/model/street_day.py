"""A day of a street, from its intervals to what is drawn. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.movements import Movement, MovementKey, movements
from lamplighter_client.street.peak_hour import PeakHour, peak_hour
from lamplighter_client.street.volumes import (
    Volume,
    entered,
    entered_in,
    is_counted,
    quarters,
    volume_of,
)
from lamplighter_client.street.watched import reasons, short_notes, watched_share

DAY_S = 86_400
BARS_S = (900, 1800, 3600, 7200, 14_400)
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Who entered, or took one movement, within a part of the day.

    Attributes:
        start: wall-clock second.
        count: None where nothing was watched, which is no zero.
        is_whole: all of it was watched, as far as it has come.
        is_ahead: it has not begun.
        regime: in which most of it was; empty: not known.
    """

    start: float
    count: int | None = None
    is_whole: bool = False
    is_ahead: bool = False
    regime: str = ""


@dataclass(frozen=True)
class StreetDay:
    """The intervals of a device between midnight and midnight in UTC, and the time it is."""

    device: str
    begin: float
    now: float
    intervals: Sequence[StreetCount] = ()

    @cached_property
    def movements(self) -> list[Movement]:
        """The turning movements, the largest first."""
        return movements(self.intervals)

    @cached_property
    def classes(self) -> list[str]:
        """Those that were seen, the most frequent first."""
        total: dict[str, int] = {}
        for movement in self.movements:
            for kind, count in movement.by_class.items():
                total[kind] = total.get(kind, 0) + count
        return sorted(total, key=lambda kind: (-total[kind], kind))

    @property
    def volume(self) -> Volume | None:
        """All that entered; None where no camera has lines."""
        watched = [one for one in self.intervals if one.counts is not None]
        if watched and not any(map(is_counted, watched)):
            return None
        return volume_of(self.by_class)

    @cached_property
    def peak(self) -> PeakHour | None:
        """The busiest hour that was wholly watched, by the vehicles that entered."""
        return peak_hour(quarters(self.intervals))

    @cached_property
    def by_class(self) -> dict[str, int]:
        """All that entered, by class."""
        return entered_in(self.intervals)

    @property
    def in_peak(self) -> dict[MovementKey, int]:
        """Vehicles of the movements in the peak hour."""
        peak = self.peak
        if peak is None:
            return {}
        within = [one for one in self.intervals if 0 <= one.start - peak.start < HOUR_S]
        return {movement.key: movement.vehicles for movement in movements(within)}

    @property
    def watched(self) -> float:
        """Which share of the day so far was watched, 0 to 1; since it enrolled."""
        return watched_share(self.intervals, self.now)

    @property
    def troubles(self) -> list[str]:
        """Why intervals that are over are not whole, each reason once."""
        over = (one for one in self.intervals if one.start + one.seconds <= self.now)
        return list(dict.fromkeys(reason for one in over for reason in reasons(one.trouble)))

    @property
    def notes(self) -> list[str]:
        """What is to be known beside the counts, each thing once."""
        return short_notes(self.intervals)


def day_of(moment: float) -> float:
    """Midnight in UTC before a wall-clock second."""
    return moment // DAY_S * DAY_S


def bar_length_s(room: int) -> int:
    """Seconds of a bar, so that those of a day fit into so many cells."""
    return next((size for size in BARS_S if DAY_S // size <= room), BARS_S[-1])


def bars(
    day: StreetDay, bar_s: int, movement: MovementKey | None = None, kind: str = ""
) -> list[Bar]:
    """The day in bars: of a movement, or of those who entered; of a class, or of vehicles."""
    starts = [day.begin + n * bar_s for n in range(DAY_S // bar_s)]
    by_start: dict[float, list[StreetCount]] = {start: [] for start in starts}
    for one in day.intervals:
        start = day.begin + (one.start - day.begin) // bar_s * bar_s
        by_start.get(start, []).append(one)

    def counted(interval: StreetCount) -> int:
        by_class = _by_class(interval, movement)
        return by_class.get(kind, 0) if kind else volume_of(by_class).vehicles

    return [
        replace(_bar(start, by_start[start], counted), is_ahead=start > day.now) for start in starts
    ]


def _bar(start: float, within: Sequence[StreetCount], counted: Callable[[StreetCount], int]) -> Bar:
    watched = [one for one in within if is_counted(one)]
    if not watched:
        return Bar(start)
    regimes: dict[str, float] = {}
    for one in watched:
        for name, seconds in one.regimes_s.items():
            regimes[name] = regimes.get(name, 0.0) + seconds
    return Bar(
        start,
        count=sum(map(counted, watched)),
        is_whole=all(one.complete for one in within),
        regime=max(regimes, key=lambda name: regimes[name], default=""),
    )


def _by_class(interval: StreetCount, movement: MovementKey | None) -> Mapping[str, int]:
    if movement is None:
        return entered(interval)
    if (interval.stream, interval.street) != (movement.stream, movement.street):
        return {}
    return (interval.counts or {}).get(movement.name, {})
