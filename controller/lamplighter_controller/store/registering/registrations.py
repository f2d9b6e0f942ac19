"""Registrations of devices."""

from collections.abc import Sequence

import sqlalchemy as sa

from lamplighter_controller.store.database import Part
from lamplighter_controller.store.registering.records import RegistrationRecord
from lamplighter_controller.store.registering.tables import registrations


class SqlRegistrations(Part):
    """Implements `RegistrationStore`."""

    def registrations(self) -> list[RegistrationRecord]:
        query = sa.select(registrations).order_by(registrations.c.device)
        return self._database.all(RegistrationRecord, query)

    def put_registrations(self, changed: Sequence[RegistrationRecord]) -> None:
        self._database.put_all(registrations, changed)

    def delete_registration(self, device: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.delete(registrations).where(registrations.c.device == device))
