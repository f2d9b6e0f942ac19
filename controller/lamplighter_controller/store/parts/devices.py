"""Devices, and what is remembered of them between messages."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.parts.device_states import change_state, read_state
from lamplighter_controller.store.records import (
    DeviceRecord,
    DeviceState,
)
from lamplighter_controller.store.rows import to_row


class SqlDevices(Part):
    """Implements `DeviceStore`."""

    def transaction(self) -> AbstractContextManager[object]:
        return self._database.part()

    def after_commit(self, call: Callable[[], object]) -> None:
        self._database.after_commit(call)

    def add_device(self, device: DeviceRecord) -> None:
        try:
            with self._database.transaction():
                self._database.add(t.devices, device)
                self._database.mark_devices([device.id])
        except IntegrityError as error:
            raise ConflictError(f"there is a device {device.id!r} already") from error

    def device(self, device: str) -> DeviceRecord:
        query = sa.select(t.devices).where(t.devices.c.id == device)
        record = self._database.first(DeviceRecord, query)
        if record is None:
            raise NotFoundError(f"no device {device!r}; see: lamplighter device list")
        return record

    def devices(
        self, *, retired: bool = False, after: str = "", limit: int = 0
    ) -> list[DeviceRecord]:
        query = sa.select(t.devices).where(t.devices.c.id > after).order_by(t.devices.c.id)
        query = query.limit(limit or None)
        if not retired:
            query = query.where(t.devices.c.retired_at.is_(None))
        return self._database.all(DeviceRecord, query)

    def devices_at(self, site: str) -> list[DeviceRecord]:
        return self._database.all(
            DeviceRecord, sa.select(t.devices).where(t.devices.c.site == site)
        )

    def update_device(
        self, device: str, *, state: Mapping[str, Any] | None = None, **changes: Any
    ) -> DeviceRecord:
        with self._database.transaction() as connection:
            if changes:
                row = to_row(DeviceRecord, changes)
                query = sa.update(t.devices).where(t.devices.c.id == device)
                connection.execute(query.values(**row))
                self._database.mark_devices([device])
            if state:
                change_state(connection, device, state)
        return self.device(device)

    def configure_device(
        self, device: str, expected_version: int | None, **changes: Any
    ) -> DeviceRecord:
        current = self.device(device).version
        version = current if expected_version is None else expected_version
        row = to_row(DeviceRecord, changes) | {"version": version + 1}
        query = sa.update(t.devices).where(t.devices.c.id == device, t.devices.c.version == version)
        with self._database.transaction() as connection:
            changed = connection.execute(query.values(**row)).rowcount
            self._database.mark_devices([device])
        if not changed:
            raise ConflictError(
                f"device {device!r} is at version {current}, not {version}; read it again"
            )
        return self.device(device)

    def device_state(self, device: str) -> DeviceState:
        with self._database.reading() as connection:
            return read_state(connection, device)

    def update_state(self, device: str, **changes: Any) -> None:
        with self._database.transaction() as connection:
            change_state(connection, device, changes)
