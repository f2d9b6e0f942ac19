"""Summaries in the database: read, put together with what is there, and deleted."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from lamplighter_controller.domain.telemetry.conditions import Conditions, document_of
from lamplighter_controller.domain.telemetry.cutoff import Cutoff
from lamplighter_controller.domain.telemetry.summary import Summary, together
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.telemetry.conditions import id_of, read_conditions
from lamplighter_controller.store.telemetry.packing import pack_summary, unpack_summary
from lamplighter_controller.store.telemetry.series import Series, of_series, sides_of
from lamplighter_controller.store.upserts import upsert

KEY = ("device", "stream", "resolution_s", "start")


def of_resolution(series: Series, resolution_s: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Summaries of a series of one resolution."""
    table = t.telemetry_summaries
    return *of_series(table, series), table.c.resolution_s == resolution_s


def read_summaries(connection: sa.Connection, query: sa.Select[Any]) -> list[Summary]:
    """The rows of a query on the table of summaries, as summaries."""
    rows = connection.execute(query).all()
    known = read_conditions(connection, (row.conditions for row in rows))
    return [_summary(row, known[row.conditions]) for row in rows]


def _summary(row: sa.Row[Any], conditions: Conditions) -> Summary:
    key = {name: getattr(row, name) for name in (*KEY, "received_at")}
    return unpack_summary(row.packed, key, conditions)


def read_newest_summaries(
    connection: sa.Connection,
    series: Iterable[Series],
    resolution_s: int,
    since: float,
    limit: int | None,
    until: float | None = None,
) -> list[Summary]:
    """The newest of several series that end after `since` and begin before `until`, if given,
    oldest first."""
    summaries = [
        summary
        for one in series
        for summary in read_summaries(connection, _newest(one, resolution_s, since, limit, until))
    ]
    summaries.sort(key=lambda summary: (summary.start, summary.stream))
    return summaries if limit is None else summaries[-limit:]


def _newest(
    series: Series, resolution_s: int, since: float, limit: int | None, until: float | None
) -> sa.Select[Any]:
    columns = t.telemetry_summaries.c
    query = sa.select(t.telemetry_summaries).where(*of_resolution(series, resolution_s))
    query = query.where(columns.start > since - resolution_s)
    if until is not None:
        query = query.where(columns.start < until)
    return query.order_by(columns.start.desc(), columns.conditions.desc()).limit(limit)


def summaries_at(
    connection: sa.Connection, series: Series, resolution_s: int, starts: Iterable[float]
) -> list[Summary]:
    """Those of some stretches of time."""
    query = sa.select(t.telemetry_summaries).where(*of_resolution(series, resolution_s))
    return read_summaries(connection, query.where(t.telemetry_summaries.c.start.in_(set(starts))))


def add_summaries(connection: sa.Connection, series: Series, summaries: Iterable[Summary]) -> None:
    """Put together with what is there. Their conditions are there already."""
    for resolution_s, new in _by_resolution(summaries).items():
        there = summaries_at(connection, series, resolution_s, (s.start for s in new))
        rows = [_row(summary) for summary in together([*there, *new])]
        upsert(connection, t.telemetry_summaries, rows)


def _by_resolution(summaries: Iterable[Summary]) -> dict[int, list[Summary]]:
    lists: dict[int, list[Summary]] = {}
    for summary in summaries:
        lists.setdefault(summary.resolution_s, []).append(summary)
    return lists


def _row(summary: Summary) -> dict[str, Any]:
    row = {name: getattr(summary, name) for name in (*KEY, "received_at")}
    conditions = id_of(document_of(summary.conditions))
    return row | {"conditions": conditions, "packed": pack_summary(summary)}


def delete_summaries(
    connection: sa.Connection, series: Series, resolution_s: int, cutoff: Cutoff, limit: int
) -> int:
    """Delete some that are beyond a cutoff; returns how many."""
    table = t.telemetry_summaries
    key = sa.tuple_(*table.primary_key)
    deleted = 0
    for beyond in sides_of(table, cutoff):
        query = sa.select(*table.primary_key).where(*of_resolution(series, resolution_s), *beyond)
        some = query.order_by(table.c.start).limit(limit - deleted)
        deleted += connection.execute(sa.delete(table).where(key.in_(some))).rowcount
    return deleted
