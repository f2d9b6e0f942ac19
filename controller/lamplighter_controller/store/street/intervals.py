"""Street intervals in the database: put together with what is there, read, and deleted."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from lamplighter_controller.domain.street.intervals import INTERVAL_S, StreetInterval, together
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.store.street.tables import street_intervals
from lamplighter_controller.store.telemetry.series import Series, of_series, sides_of
from lamplighter_controller.store.unreadable import UNREADABLE
from lamplighter_controller.store.upserts import upsert

KEY = ("device", "stream", "start", "street")


def add_intervals(
    connection: sa.Connection, series: Series, intervals: Iterable[StreetInterval], now: float
) -> None:
    """Put together with those that are there."""
    new = list(intervals)
    there = _read(connection, _of(series, {interval.start for interval in new}))
    rows = [_row(interval, now) for interval in together([*there, *new], INTERVAL_S)]
    upsert(connection, street_intervals, rows)


def _of(series: Series, starts: set[float]) -> sa.Select[Any]:
    query = sa.select(street_intervals).where(*of_series(street_intervals, series))
    return query.where(street_intervals.c.start.in_(starts))


def read_intervals(
    connection: sa.Connection, series: Sequence[Series], since: float, until: float
) -> list[StreetInterval]:
    """Those of some series that begin within [since, until), oldest first."""
    start = street_intervals.c.start
    intervals = [
        interval
        for one in series
        for interval in _read(
            connection,
            sa.select(street_intervals).where(
                *of_series(street_intervals, one), start >= since, start < until
            ),
        )
    ]
    return sorted(intervals, key=lambda interval: (interval.start, interval.stream))


def delete_intervals(connection: sa.Connection, series: Series, cutoff: Cutoff, limit: int) -> int:
    """Delete some that are beyond a cutoff; returns how many."""
    key, deleted = sa.tuple_(*street_intervals.primary_key), 0
    for beyond in sides_of(street_intervals, cutoff):
        query = sa.select(*street_intervals.primary_key)
        query = query.where(*of_series(street_intervals, series), *beyond)
        some = query.order_by(street_intervals.c.start).limit(limit - deleted)
        deleted += connection.execute(sa.delete(street_intervals).where(key.in_(some))).rowcount
    return deleted


def _read(connection: sa.Connection, query: sa.Select[Any]) -> list[StreetInterval]:
    read = (_interval(row) for row in connection.execute(query))
    return [interval for interval in read if interval is not None]


def _interval(row: sa.Row[Any]) -> StreetInterval | None:
    """None where it cannot be read."""
    try:
        return msgspec.json.decode(row.document, type=StreetInterval)
    except msgspec.MsgspecError as error:
        UNREADABLE.note(f"a street interval of {row.device} at {row.start}", error)
        return None


def _row(interval: StreetInterval, now: float) -> dict[str, Any]:
    row = {name: getattr(interval, name) for name in KEY}
    document = msgspec.json.encode(interval).decode()
    return row | {"received_at": now, "document": document}
