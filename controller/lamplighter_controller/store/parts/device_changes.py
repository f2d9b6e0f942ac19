"""What windows change of many devices at once: few statements, however many there are."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from lamplighter_controller.store import tables as t
from lamplighter_controller.store.parts.device_states import state_in
from lamplighter_controller.store.records import DeviceRecord, DeviceState
from lamplighter_controller.store.rows import dump, from_row, to_row
from lamplighter_controller.store.telemetry.stores import DeviceChange
from lamplighter_controller.store.upserts import upsert

# Databases bound the parameters of a statement.
MOST_KEYS = 500
RECORD_FIELDS = ("last_seen", "workload", "newest_window", "newest_window_at", "streams")


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
            state = state_in(row.id, text) if text else DeviceState()
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
    upsert(connection, t.device_states, states)
    taught = [
        {"device": c.record.id, "document": dump(c.observations)}
        for c in changes
        if c.observations is not None
    ]
    upsert(connection, t.observations, taught)
