"""What is remembered of devices: one document each, changed inside a transaction."""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.records import DeviceState
from lamplighter_controller.store.rows import dump


def read_state(connection: sa.Connection, device: str) -> DeviceState:
    """The state of a device; the defaults where nothing is kept yet."""
    query = sa.select(t.device_states.c.document).where(t.device_states.c.device == device)
    text = connection.execute(query).scalar()
    return DeviceState() if text is None else msgspec.json.decode(text, type=DeviceState)


def change_state(connection: sa.Connection, device: str, changes: Mapping[str, Any]) -> None:
    """Replace some fields of a device's state.

    Raises:
        NotFoundError: there is no such device.
    """
    state = msgspec.structs.replace(read_state(connection, device), **changes)
    row = {"document": dump(state)}
    update = sa.update(t.device_states).where(t.device_states.c.device == device)
    if connection.execute(update.values(**row)).rowcount:
        return
    devices = sa.select(t.devices.c.id).where(t.devices.c.id == device)
    if connection.execute(devices).first() is None:
        raise NotFoundError(f"no device {device!r}; see: lamplighter device list")
    connection.execute(sa.insert(t.device_states).values(device=device, **row))
