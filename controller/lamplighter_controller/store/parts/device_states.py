"""What is remembered of devices: one document each, changed inside a transaction."""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.records import DeviceState
from lamplighter_controller.store.rows import dump
from lamplighter_controller.store.unreadable import UNREADABLE
from lamplighter_controller.store.upserts import upsert


def read_state(connection: sa.Connection, device: str) -> DeviceState:
    """The state of a device; the defaults where nothing is kept yet."""
    return _kept_state(connection, device) or DeviceState()


def change_state(connection: sa.Connection, device: str, changes: Mapping[str, Any]) -> None:
    """Replace some fields of a device's state.

    Raises:
        NotFoundError: there is no such device.
    """
    state = _kept_state(connection, device)
    if state is None:
        devices = sa.select(t.devices.c.id).where(t.devices.c.id == device)
        if connection.execute(devices).first() is None:
            raise NotFoundError(f"no device {device!r}; see: lamplighter device list")
    changed = msgspec.structs.replace(state or DeviceState(), **changes)
    upsert(connection, t.device_states, [{"device": device, "document": dump(changed)}])


def _kept_state(connection: sa.Connection, device: str) -> DeviceState | None:
    query = sa.select(t.device_states.c.document).where(t.device_states.c.device == device)
    text = connection.execute(query).scalar()
    return None if text is None else state_in(device, text)


def state_in(device: str, text: str) -> DeviceState:
    """What is remembered in a document; nothing, where it cannot be read."""
    try:
        return msgspec.json.decode(text, type=DeviceState)
    except msgspec.MsgspecError as error:
        UNREADABLE.note(f"what is remembered of {device}", error)
        return DeviceState()
