"""The fleet as a whole: its sums, and what operators have changed of its policy."""

from collections.abc import Sequence

import sqlalchemy as sa

from lamplighter_controller.domain.selection.device_selection import DeviceSelection
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.fleet.among import Among
from lamplighter_controller.store.fleet.changed_devices import ChangedDevices
from lamplighter_controller.store.fleet.selection import select_devices
from lamplighter_controller.store.fleet.stores import FleetPart, WindowSums
from lamplighter_controller.store.fleet.sums import count_answers, count_devices, sum_windows
from lamplighter_controller.store.parts.device_changes import MOST_KEYS
from lamplighter_controller.store.records import DeviceRecord, PolicyRecord
from lamplighter_controller.store.rows import from_row


class SqlFleet(Part):
    """Implements `FleetStore`."""

    def count_devices(self, among: Among = None) -> list[FleetPart]:
        with self._database.reading() as connection:
            return count_devices(connection, among)

    def sum_windows(self, among: Among = None) -> WindowSums:
        with self._database.reading() as connection:
            return sum_windows(connection, among)

    def select_devices(self, selection: DeviceSelection) -> list[DeviceRecord]:
        with self._database.reading() as connection:
            rows = connection.execute(select_devices(selection, connection.dialect.name))
            return [from_row(DeviceRecord, row) for row in rows]

    def changed_devices(self, mark: int) -> ChangedDevices:
        return self._database.device_marks.since(mark)

    def some_devices(self, devices: Sequence[str]) -> list[DeviceRecord]:
        records: list[DeviceRecord] = []
        for first in range(0, len(devices), MOST_KEYS):
            some = devices[first : first + MOST_KEYS]
            query = sa.select(t.devices).where(t.devices.c.id.in_(some))
            records += self._database.all(DeviceRecord, query)
        return records

    def answer_counts(self, among: Among = None) -> dict[str, int]:
        with self._database.reading() as connection:
            return count_answers(connection, among)


class SqlPolicies(Part):
    """Implements `PolicyStore`."""

    def policies(self) -> list[PolicyRecord]:
        query = sa.select(t.policies).order_by(t.policies.c.scope)
        return self._database.all(PolicyRecord, query)

    def put_policy(self, policy: PolicyRecord) -> None:
        self._database.put(t.policies, policy)
