"""A day of a street, from its intervals to what is drawn. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.movements import Movement, movements, quarters, volume
from lamplighter_client.street.peak_hour import PeakHour, peak_hour
from lamplighter_wire.street.turns import is_turn

DAY_S = 86_400
BARS_S = (900, 1800, 3600, 7200, 14_400)
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Bar:
    """What crossed within a part of the day.

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

    @property
    def movements(self) -> list[Movement]:
        """The turning movements, the largest first."""
        return movements(self.intervals)

    @property
    def classes(self) -> list[str]:
        """Those that were seen, the most frequent first."""
        total: dict[str, int] = {}
        for movement in self.movements:
            for kind, count in movement.by_class.items():
                total[kind] = total.get(kind, 0) + count
        return sorted(total, key=lambda kind: (-total[kind], kind))

    @property
    def volume(self) -> int:
        """Everything that was counted."""
        return sum(volume(interval) or 0 for interval in self.intervals)

    @property
    def peak(self) -> PeakHour | None:
        """The busiest hour that was wholly watched."""
        return peak_hour(quarters(self.intervals))

    @property
    def by_class(self) -> dict[str, int]:
        """Everything that was counted, by class."""
        crossed = [one for one in self.movements if not is_turn(one.name)]
        return {k: sum(one.by_class.get(k, 0) for one in crossed) for k in self.classes}

    @property
    def volume_in_peak(self) -> int:
        """Of all movements in the peak hour."""
        return sum(volume for name, volume in self.in_peak.items() if not is_turn(name))

    @property
    def in_peak(self) -> dict[str, int]:
        """Volumes of the movements in the peak hour."""
        peak = self.peak
        if peak is None:
            return {}
        within = [one for one in self.intervals if 0 <= one.start - peak.start < HOUR_S]
        return {movement.name: movement.volume for movement in movements(within)}

    @property
    def watched(self) -> float:
        """Which share of the day so far was watched, 0 to 1."""
        streams = len({one.stream for one in self.intervals})
        passed_s = min(self.now - self.begin, DAY_S) * streams
        watched_s = sum(one.watched_s for one in self.intervals)
        return min(1.0, watched_s / passed_s) if passed_s > 0 else 0.0

    @property
    def troubles(self) -> list[str]:
        """Why intervals that are over are not whole, each reason once."""
        found: dict[str, None] = {}
        for one in self.intervals:
            if one.trouble and one.start + one.seconds <= self.now:
                found[one.trouble.rpartition(": ")[2].split(" for ")[0]] = None
        return list(found)


def day_of(moment: float) -> float:
    """Midnight in UTC before a wall-clock second."""
    return moment // DAY_S * DAY_S


def bar_length_s(room: int) -> int:
    """Seconds of a bar, so that those of a day fit into so many cells."""
    return next((size for size in BARS_S if DAY_S // size <= room), BARS_S[-1])


def bars(day: StreetDay, bar_s: int, movement: str = "", kind: str = "") -> list[Bar]:
    """The day in bars; empty names stand for all movements and all classes."""
    starts = [day.begin + n * bar_s for n in range(DAY_S // bar_s)]
    by_start: dict[float, list[StreetCount]] = {start: [] for start in starts}
    for one in day.intervals:
        start = day.begin + (one.start - day.begin) // bar_s * bar_s
        by_start.get(start, []).append(one)
    return [
        replace(_bar(start, by_start[start], movement, kind), is_ahead=start > day.now)
        for start in starts
    ]


def _bar(start: float, within: Sequence[StreetCount], movement: str, kind: str) -> Bar:
    watched = [one for one in within if one.counts is not None]
    if not watched:
        return Bar(start)
    regimes: dict[str, float] = {}
    for one in watched:
        for name, seconds in one.regimes_s.items():
            regimes[name] = regimes.get(name, 0.0) + seconds
    return Bar(
        start,
        count=sum(_counted(one, movement, kind) for one in watched),
        is_whole=all(one.complete for one in within),
        regime=max(regimes, key=lambda name: regimes[name], default=""),
    )


def _counted(interval: StreetCount, movement: str, kind: str) -> int:
    return sum(
        count
        for name, by_class in (interval.counts or {}).items()
        if movement == name or not (movement or is_turn(name))
        for each, count in by_class.items()
        if kind in ("", each)
    )
