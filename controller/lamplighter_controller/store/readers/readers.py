"""Readers at the broker: what the controller asks of its database, and how it answers."""

from typing import Protocol

import sqlalchemy as sa

from lamplighter_controller.store.database import Part
from lamplighter_controller.store.readers.records import ReaderRecord
from lamplighter_controller.store.readers.tables import readers


class ReaderStore(Protocol):
    """Certificates of programs that read."""

    def readers(self) -> list[ReaderRecord]:
        """All there ever were, the oldest first."""

    def put_reader(self, record: ReaderRecord) -> None: ...


class SqlReaders(Part):
    """Implements `ReaderStore`."""

    def readers(self) -> list[ReaderRecord]:
        query = sa.select(readers).order_by(readers.c.created_at, readers.c.serial)
        return self._database.all(ReaderRecord, query)

    def put_reader(self, record: ReaderRecord) -> None:
        self._database.put(readers, record)
