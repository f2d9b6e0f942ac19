"""One database: connections to read, and transactions that serialise what is written."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import sqlalchemy as sa

from lamplighter_controller.errors import StoreError
from lamplighter_controller.store.engines import DiskRoom, disk_room, make_engine
from lamplighter_controller.store.migrate import upgrade
from lamplighter_controller.store.records import Record
from lamplighter_controller.store.rows import R, from_row, record_row
from lamplighter_controller.store.upserts import upsert


class Database:
    """What the parts of the store have in common. Migrates the database when opened.

    Writes are serialised inside the process, which is SQLite's own rule anyway.

    Raises:
        StoreError: the URL is none, or the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        self._writing = threading.RLock()
        # Of who holds the lock: the thread, and its connection.
        self._current: tuple[int, sa.Connection] | None = None
        upgrade(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """What this thread writes within is kept as a whole or not at all, by one commit.

        Within another transaction of the same thread it is part of that one.
        """
        with self._writing:
            if self._current is not None:
                yield self._current[1]
                return
            with self._engine.begin() as connection:
                self._current = threading.get_ident(), connection
                try:
                    yield connection
                finally:
                    self._current = None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees what was committed, and what this thread is about to commit."""
        current = self._current
        if current is not None and current[0] == threading.get_ident():
            yield current[1]
            return
        with self._engine.connect() as connection:
            yield connection

    def first(self, kind: type[R], query: sa.Select[Any]) -> R | None:
        """The first row of a query as a record."""
        with self.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else from_row(kind, row)

    def all(self, kind: type[R], query: sa.Select[Any]) -> list[R]:
        """All rows of a query as records."""
        with self.reading() as connection:
            return [from_row(kind, row) for row in connection.execute(query)]

    def add(self, table: sa.Table, record: Record) -> None:
        """A record beside the others."""
        with self.transaction() as connection:
            connection.execute(sa.insert(table).values(**record_row(record)))

    def put(self, table: sa.Table, record: Record) -> None:
        """A record in the place of one with its key, or beside the others."""
        with self.transaction() as connection:
            upsert(connection, table, [record_row(record)])

    def add_numbered(self, table: sa.Table, record: R) -> R:
        """Add a record; it gets the next number as its `id`."""
        row = record_row(record)
        row.pop("id")
        with self.transaction() as connection:
            key = connection.execute(sa.insert(table).values(**row)).inserted_primary_key
        if key is None:
            raise StoreError(f"the database gave no number to a new row of {table.name}")
        return msgspec.structs.replace(record, id=int(key[0]))

    def disk_room(self) -> DiskRoom | None:
        """On the disk of the database; None where that is not ours to know."""
        return disk_room(self._engine)

    def close(self) -> None:
        """End all connections."""
        self._engine.dispose()


class Part:
    """A part of the store: what it asks of the database is its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
