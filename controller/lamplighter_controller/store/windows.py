"""Windows of many devices at once: few statements, however many windows."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from lamplighter_wire.messages import Telemetry
from sqlalchemy.dialects import postgresql, sqlite

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.base import DeviceChange
from lamplighter_controller.store.records import DeviceRecord, DeviceState
from lamplighter_controller.store.rows import dump, from_row, to_row

# Databases bound the parameters of a statement.
MOST_KEYS = 500
RECORD_FIELDS = ("last_seen", "workload", "newest_window", "newest_window_at")
Key = tuple[str, float, int]


def insert_windows(
    connection: sa.Connection, windows: Sequence[Telemetry], received_at: float
) -> list[Telemetry]:
    """Insert those that are not here yet, and return them."""
    by_key: dict[Key, Telemetry] = {}
    for window in windows:
        by_key.setdefault((window.device, window.start, window.seq), window)
    if not by_key:
        return []
    names = ("device", "start", "seq")
    rows = [
        dict(zip(names, key, strict=True)) | {"document": dump(w), "received_at": received_at}
        for key, w in by_key.items()
    ]
    columns = [t.telemetry.c[name] for name in names]
    query = _insert(connection, t.telemetry).on_conflict_do_nothing().returning(*columns)
    added = {tuple(row) for row in connection.execute(query, rows)}
    return [window for key, window in by_key.items() if key in added]


def read_devices_and_states(
    connection: sa.Connection, devices: Iterable[str]
) -> dict[str, tuple[DeviceRecord, DeviceState]]:
    """Records and states by device."""
    names, found = list(dict.fromkeys(devices)), {}
    for first in range(0, len(names), MOST_KEYS):
        some = names[first : first + MOST_KEYS]
        states = sa.select(t.device_states).where(t.device_states.c.device.in_(some))
        kept = {row.device: row.document for row in connection.execute(states)}
        for row in connection.execute(sa.select(t.devices).where(t.devices.c.id.in_(some))):
            text = kept.get(row.id)
            state = msgspec.json.decode(text, type=DeviceState) if text else DeviceState()
            found[row.id] = (from_row(DeviceRecord, row), state)
    return found


def write_changes(connection: sa.Connection, changes: Sequence[DeviceChange]) -> None:
    """Write what windows have changed of devices."""
    if not changes:
        return
    rows = [
        to_row(DeviceRecord, {name: getattr(c.record, name) for name in RECORD_FIELDS})
        | {"of": c.record.id}
        for c in changes
    ]
    values: dict[str, Any] = {name: sa.bindparam(name) for name in RECORD_FIELDS}
    update = sa.update(t.devices).where(t.devices.c.id == sa.bindparam("of")).values(**values)
    connection.execute(update, rows)
    states = [{"device": c.record.id, "document": dump(c.state)} for c in changes]
    _put_documents(connection, t.device_states, states)
    taught = [
        {"device": c.record.id, "document": dump(c.observations)}
        for c in changes
        if c.observations is not None
    ]
    _put_documents(connection, t.observations, taught)


def _put_documents(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    query = _insert(connection, table)
    new = {"document": query.excluded.document}
    connection.execute(query.on_conflict_do_update(index_elements=["device"], set_=new), rows)


def _insert(connection: sa.Connection, table: sa.Table) -> "sqlite.Insert":
    """An insert that knows what to do where the row is there; both dialects say it alike."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)  # type: ignore[return-value]
