"""Windows one by one: few statements, however many there are."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from lamplighter_wire.messages import Telemetry

from lamplighter_controller.domain.telemetry.conditions import (
    Conditions,
    conditions_of,
    document_of,
)
from lamplighter_controller.domain.telemetry.summary import ReceivedWindow
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.telemetry.conditions import (
    id_of,
    put_conditions,
    read_conditions,
)
from lamplighter_controller.store.telemetry.packing import KEY, pack_window, unpack_window
from lamplighter_controller.store.telemetry.series import Series, of_series
from lamplighter_controller.store.unreadable import UNREADABLE
from lamplighter_controller.store.upserts import insert_into

Key = tuple[str, str, float, int]


def key_of(window: Telemetry) -> Key:
    """What a window is known by."""
    return window.device, window.stream, window.start, window.seq


def insert_windows(
    connection: sa.Connection, windows: Sequence[Telemetry], received_at: float
) -> list[Telemetry]:
    """Insert those that are not here yet, and return them."""
    by_key: dict[Key, Telemetry] = {}
    for window in windows:
        by_key.setdefault(key_of(window), window)
    if not by_key:
        return []
    documents: dict[int, str] = {}
    rows = [
        dict(zip(KEY, key, strict=True)) | _values(window, received_at, documents)
        for key, window in by_key.items()
    ]
    put_conditions(connection, documents, received_at)
    columns = [t.telemetry.c[name] for name in KEY]
    query = insert_into(connection, t.telemetry).on_conflict_do_nothing().returning(*columns)
    added = {tuple(row) for row in connection.execute(query, rows)}
    return [window for key, window in by_key.items() if key in added]


def _values(window: Telemetry, received_at: float, documents: dict[int, str]) -> dict[str, Any]:
    """Columns beside the key; its conditions are added to `documents`."""
    document = document_of(conditions_of(window))
    number = id_of(document)
    documents[number] = document
    return {"received_at": received_at, "conditions": number, "packed": pack_window(window)}


def read_windows(connection: sa.Connection, query: sa.Select[Any]) -> list[ReceivedWindow]:
    """The rows of a query on the table of windows, as windows."""
    rows = connection.execute(query).all()
    known = read_conditions(connection, (row.conditions for row in rows))
    windows = (_kept(row, known.get(row.conditions)) for row in rows)
    return [window for window in windows if window is not None]


def _kept(row: sa.Row[Any], conditions: Conditions | None) -> ReceivedWindow | None:
    """The window in a row; None where it cannot be read."""
    key = {name: getattr(row, name) for name in KEY}
    conditions = conditions or Conditions()
    try:
        window = unpack_window(row.packed, key, conditions)
    except (msgspec.MsgspecError, ValueError) as error:
        UNREADABLE.note(f"a window of {row.device} at {row.start}", error)
        return None
    return ReceivedWindow(window, conditions, row.received_at)


def read_newest_windows(
    connection: sa.Connection,
    series: Iterable[Series],
    since: float,
    limit: int | None,
    until: float | None = None,
) -> list[Telemetry]:
    """The newest of several series that begin before `until`, if given, oldest first."""
    windows = [
        kept.window
        for one in series
        for kept in read_windows(connection, _newest(one, since, limit, until))
    ]
    windows.sort(key=lambda window: (window.start, window.seq))
    return windows if limit is None else windows[-limit:]


def read_windows_between(
    connection: sa.Connection, series: Iterable[Series], since: float, until: float
) -> list[Telemetry]:
    """All of several series that begin within [since, until), oldest first."""
    start = t.telemetry.c.start
    windows = [
        kept.window
        for one in series
        for kept in read_windows(
            connection,
            sa.select(t.telemetry).where(
                *of_series(t.telemetry, one), start >= since, start < until
            ),
        )
    ]
    return sorted(windows, key=lambda window: (window.start, window.seq))


def _newest(series: Series, since: float, limit: int | None, until: float | None) -> sa.Select[Any]:
    query = sa.select(t.telemetry).where(*of_series(t.telemetry, series))
    query = query.where(t.telemetry.c.start >= since)
    if until is not None:
        query = query.where(t.telemetry.c.start < until)
    # By the device's numbers: a clock that was ahead for a while must not hide what came later.
    return query.order_by(t.telemetry.c.seq.desc(), t.telemetry.c.start.desc()).limit(limit)
