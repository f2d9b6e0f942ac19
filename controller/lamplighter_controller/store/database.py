"""One database: connections to read, and transactions that serialise what is written."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from lamplighter_controller.errors import StoreError
from lamplighter_controller.store.engines import WRITES, DiskRoom, disk_room, make_engine
from lamplighter_controller.store.fleet.changed_devices import DeviceMarks
from lamplighter_controller.store.migrate import upgrade
from lamplighter_controller.store.records import Record
from lamplighter_controller.store.rows import R, UnreadableRowError, from_row, record_row
from lamplighter_controller.store.upserts import upsert

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Open:
    """A transaction: whose it is, and what follows its commit."""

    thread: int
    connection: sa.Connection
    afterwards: list[Callable[[], object]] = field(default_factory=list)


class Database:
    """What the parts of the store have in common. Migrates the database when opened.

    Writes are serialised inside the process, which is SQLite's own rule anyway.

    Raises:
        StoreError: the URL is none, or the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        self._writer = self._engine.execution_options(**{WRITES: True})
        self._writing = threading.RLock()
        self._current: _Open | None = None  # of who holds the lock
        self.device_marks = DeviceMarks()
        upgrade(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """What this thread writes within is kept as a whole or not at all, by one commit.

        Within another transaction of the same thread it is part of that one.
        """
        with self._writing:
            if self._current is not None:
                yield self._current.connection
                return
            with self._writer.begin() as connection:
                self._current = opened = _Open(threading.get_ident(), connection)
                try:
                    yield connection
                finally:
                    self._current = None
        for call in opened.afterwards:
            _follow(call)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A transaction that, within another one of this thread, can be undone by itself."""
        opened = self._of_this_thread()
        if opened is None:
            with self.transaction():
                yield
            return
        before = len(opened.afterwards)
        try:
            with opened.connection.begin_nested():
                yield
        except BaseException:
            del opened.afterwards[before:]
            raise

    def after_commit(self, call: Callable[[], object]) -> None:
        """Do it once what this thread has written is on disk, and never if that is undone."""
        opened = self._of_this_thread()
        if opened is None:
            call()
        else:
            opened.afterwards.append(call)

    def mark_devices(self, devices: Iterable[str]) -> None:
        """What this thread writes is about these devices."""
        named = tuple(devices)
        self.after_commit(lambda: self.device_marks.set(named))

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees what was committed, and what this thread is about to commit."""
        opened = self._of_this_thread()
        if opened is not None:
            yield opened.connection
            return
        with self._engine.connect() as connection:
            yield connection

    def _of_this_thread(self) -> _Open | None:
        opened = self._current
        return opened if opened is not None and opened.thread == threading.get_ident() else None

    def first(self, kind: type[R], query: sa.Select[Any]) -> R | None:
        """The first row of a query as a record."""
        with self.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else from_row(kind, row)

    def all(self, kind: type[R], query: sa.Select[Any]) -> list[R]:
        """All rows of a query as records; what cannot be read is set aside."""
        records = []
        with self.reading() as connection:
            for row in connection.execute(query):
                with suppress(UnreadableRowError):  # noted where it was read
                    records.append(from_row(kind, row))
        return records

    def add(self, table: sa.Table, record: Record) -> None:
        """A record beside the others."""
        with self.transaction() as connection:
            connection.execute(sa.insert(table).values(**record_row(record)))

    def put(self, table: sa.Table, record: Record) -> None:
        """A record in the place of one with its key, or beside the others."""
        with self.transaction() as connection:
            upsert(connection, table, [record_row(record)])

    def add_all(self, table: sa.Table, records: Sequence[Record]) -> None:
        """The same of many, in one statement."""
        if records:
            with self.transaction() as connection:
                connection.execute(sa.insert(table), list(map(record_row, records)))

    def put_all(self, table: sa.Table, records: Sequence[Record]) -> None:
        """As `put`, of many in one statement."""
        with self.transaction() as connection:
            upsert(connection, table, list(map(record_row, records)))

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


def _follow(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:
        log.exception("what follows a commit failed")


class Part:
    """A part of the store: what it asks of the database is its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
