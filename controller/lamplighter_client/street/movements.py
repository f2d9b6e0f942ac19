"""Counts of many intervals as tables: by movement, and a row for each number. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from lamplighter_wire.street.turns import is_turn

from lamplighter_client.documents.street.intervals import StreetCount
from lamplighter_client.street.volumes import volume_of
from lamplighter_client.street.whole_quarters import seen_pairs

MOVEMENT_TITLES = (
    *("stream", "street", "movement", "watched_s", "vehicles", "on_foot", "share"),
    *("speed_kmh", "occupancy"),
)


class MovementKey(NamedTuple):
    """A movement of one stream over one version of its lines: names alone may mean several."""

    stream: str
    street: int
    name: str


class Movement(NamedTuple):
    """What took one movement, over all intervals: by class, and its share of the vehicles."""

    key: MovementKey
    by_class: dict[str, int]
    share: float
    kmh: float | None = None  # space mean speed of those that were measured
    occupancy: float | None = None  # of its line or zone, over the watched time

    @property
    def name(self) -> str:
        """Such as "north/in", or "north/to-west"."""
        return self.key.name

    @property
    def vehicles(self) -> int:
        """Of all classes but people on foot."""
        return volume_of(self.by_class).vehicles


class CountRow(NamedTuple):
    """One number; None: a gap."""

    device: str
    stream: str
    begin: float  # wall clock, by the device
    seconds: float
    street: int
    movement: str
    kind: str
    counted: int | None
    watched_s: float
    trouble: str
    speed_kmh: float | None = None  # None: not measured
    speed_count: int | None = None
    occupancy: float | None = None
    notes: str = ""  # to be known beside a count that is whole

    @property
    def start(self) -> str:
        """When it begins, as ISO 8601 in UTC."""
        return iso_time(self.begin)


def movements(intervals: Iterable[StreetCount]) -> list[Movement]:
    """The turning-movement table: turns from one to another first, then the largest first.

    Shares are of the vehicles of the same stream and lines: of all that turned, and of all that
    crossed.
    """
    over: dict[tuple[str, int], list[StreetCount]] = {}
    for interval in intervals:
        over.setdefault((interval.stream, interval.street), []).append(interval)
    listed = [
        movement
        for (stream, street), several in sorted(over.items())
        for movement in _movements_of(stream, street, several)
    ]
    return sorted(listed, key=_order)


def movement_cells(intervals: Sequence[StreetCount]) -> Iterator[list[object]]:
    """The turning-movement table for a spreadsheet: titles, then a row for each movement.

    The classes come last, as there are more of them on one street than on another.
    """
    found = movements(intervals)
    kinds = sorted({kind for one in found for kind in one.by_class})
    yield [*MOVEMENT_TITLES, *kinds]
    for one in found:
        over = [i for i in intervals if (i.stream, i.street) == (one.key.stream, one.key.street)]
        yield [
            *one.key,
            round(sum(interval.watched_s for interval in over), 1),
            *volume_of(one.by_class),
            round(one.share, 4),
            _rounded(one.kmh, 1),
            _rounded(one.occupancy, 4),
            *(one.by_class.get(kind, 0) for kind in kinds),
        ]


def _rounded(figure: float | None, digits: int) -> float | None:
    return None if figure is None else round(figure, digits)


def _movements_of(stream: str, street: int, intervals: Sequence[StreetCount]) -> Iterator[Movement]:
    total: dict[str, dict[str, int]] = {}
    for interval in intervals:
        for name, by_class in (interval.counts or {}).items():
            there = total.setdefault(name, {})
            for kind, count in by_class.items():
                there[kind] = there.get(kind, 0) + count
    everything = _vehicles_by_turning(total)
    for name, by_class in total.items():
        yield Movement(
            MovementKey(stream, street, name),
            by_class,
            volume_of(by_class).vehicles / max(everything[is_turn(name)], 1),
            mean_kmh(intervals, name),
            mean_occupancy(intervals, name),
        )


def _vehicles_by_turning(total: Mapping[str, Mapping[str, int]]) -> dict[bool, int]:
    """Of all that turned, and of all that crossed."""
    everything = {False: 0, True: 0}
    for name, by_class in total.items():
        everything[is_turn(name)] += volume_of(by_class).vehicles
    return everything


def _order(one: Movement) -> tuple[object, ...]:
    return not is_turn(one.name), -one.vehicles, -sum(one.by_class.values()), one.key


def mean_kmh(intervals: Sequence[StreetCount], movement: str) -> float | None:
    """Of all intervals and classes: as many kilometres over the hours that they took."""
    vehicles, hours = 0, 0.0
    for interval in intervals:
        counts = (interval.speed_count or {}).get(movement, {})
        for kind, kmh in (interval.speed_kmh or {}).get(movement, {}).items():
            vehicles += counts.get(kind, 0)
            hours += counts.get(kind, 0) / kmh if kmh else 0.0
    return vehicles / hours if hours else None


def mean_occupancy(intervals: Sequence[StreetCount], movement: str) -> float | None:
    """Of its line or zone; None of a turn, which has none of its own."""
    name, seconds, occupied_s = _place(movement), 0.0, 0.0
    for interval in intervals:
        share = (interval.occupancy or {}).get(name)
        if share is not None and not is_turn(movement):
            seconds += interval.watched_s
            occupied_s += share * interval.watched_s
    return occupied_s / seconds if seconds else None


def _place(movement: str) -> str:
    """The line or zone of a movement."""
    return movement.rpartition("/")[0]


def count_rows(intervals: Sequence[StreetCount]) -> Iterator[CountRow]:
    """A row for each interval, movement and class that was seen over the same lines in them.

    Where nothing was watched the count is None, of all that was seen of the camera, and 0 only
    where something was. What has no movement has no row.
    """
    seen = seen_pairs(intervals)
    for interval in intervals:
        versions = [one for one in seen if one[0] == interval.stream]
        if interval.counts is not None:
            versions = [(interval.stream, interval.street)]
        for name, kind in sorted(set().union(*(seen[one] for one in versions))):
            yield _row(interval, name, kind)


def _row(interval: StreetCount, movement: str, kind: str) -> CountRow:
    counts = interval.counts
    return CountRow(
        device=interval.device,
        stream=interval.stream,
        begin=interval.start,
        seconds=interval.seconds,
        street=interval.street,
        movement=movement,
        kind=kind,
        counted=None if counts is None else counts.get(movement, {}).get(kind, 0),
        watched_s=round(interval.watched_s, 1),
        trouble=interval.trouble,
        speed_kmh=(interval.speed_kmh or {}).get(movement, {}).get(kind),
        speed_count=(interval.speed_count or {}).get(movement, {}).get(kind),
        occupancy=None if is_turn(movement) else (interval.occupancy or {}).get(_place(movement)),
        notes="; ".join(interval.notes),
    )


# Of the columns of an export, where they are not called as the fields are.
TITLES = {"begin": "start", "kind": "class", "counted": "count"}


def row_titles() -> list[str]:
    """The columns of an export."""
    return [TITLES.get(name, name) for name in CountRow._fields]


def row_cells(row: CountRow) -> list[object]:
    """Its cells, for a spreadsheet: the time in words that it reads, None where nothing is."""
    return [row.start if name == "begin" else getattr(row, name) for name in CountRow._fields]


def iso_time(seconds: float) -> str:
    """A wall time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
