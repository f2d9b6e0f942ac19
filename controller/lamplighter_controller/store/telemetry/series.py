"""Series: windows of one stream of one device. Found by steps along the key, not by a scan."""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.street.tables import street_intervals

TABLES = (t.telemetry, t.telemetry_summaries, street_intervals)


class Series(NamedTuple):
    """A stream of a device."""

    device: str
    stream: str = ""


def of_series(table: sa.Table, series: Series) -> tuple[sa.ColumnElement[bool], ...]:
    """Rows of a series."""
    return table.c.device == series.device, table.c.stream == series.stream


def sides_of(
    table: sa.Table, cutoff: Cutoff
) -> Iterator[tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]]:
    """Rows of a series beyond a cutoff: the old ones, and those of a clock that is far ahead."""
    received = table.c.received_at < cutoff.received_before
    yield table.c.start < cutoff.begun_before, received
    yield table.c.start > cutoff.begun_after, received


def next_series(connection: sa.Connection, after: Series | None) -> Series | None:
    """The first series, or that behind another, by device and stream; None behind the last."""
    steps = (_next(connection, table, after) for table in TABLES)
    return min((series for series in steps if series), default=None)


def series_of(connection: sa.Connection, device: str, stream: str | None = None) -> list[Series]:
    """All series of a device, or that of one stream."""
    if stream is not None:
        return [Series(device, stream)]
    series: list[Series] = []
    # Less than any stream's name: there is no stream behind it that it leaves out.
    step = next_series_of(connection, device, None)
    while step is not None:
        series.append(step)
        step = next_series_of(connection, device, step.stream)
    return series


def next_series_of(connection: sa.Connection, device: str, after: str | None) -> Series | None:
    """The first series of a device, or that behind a stream."""
    steps = (_next_stream(connection, table, device, after) for table in TABLES)
    stream = min((step for step in steps if step is not None), default=None)
    return None if stream is None else Series(device, stream)


def _next(connection: sa.Connection, table: sa.Table, after: Series | None) -> Series | None:
    if after is not None:
        stream = _next_stream(connection, table, after.device, after.stream)
        if stream is not None:
            return Series(after.device, stream)
    behind = after.device if after else ""
    query = sa.select(table.c.device).where(table.c.device > behind)
    device = connection.execute(query.order_by(table.c.device).limit(1)).scalar()
    if device is None:
        return None
    stream = _next_stream(connection, table, device, None)
    return None if stream is None else Series(device, stream)


def _next_stream(
    connection: sa.Connection, table: sa.Table, device: str, after: str | None
) -> str | None:
    query = sa.select(table.c.stream).where(table.c.device == device)
    if after is not None:
        query = query.where(table.c.stream > after)
    return connection.execute(query.order_by(table.c.stream).limit(1)).scalar()
