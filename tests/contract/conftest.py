"""Databases for the tests of the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore

from tests.simulators.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "controller.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """The whole store over it."""
    opened = SqlStore(url)
    yield opened
    opened.close()


@pytest.fixture
def device(store: Store) -> DeviceRecord:
    record = DeviceRecord(id="cam-1", site="north", labels={"group": "street"}, enrolled_at=5.0)
    store.add_device(record)
    return record
