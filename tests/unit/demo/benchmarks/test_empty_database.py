"""Parts of a bench that follow each other in one database, and one that is somebody's."""

from pathlib import Path

import pytest
from lamplighter_controller.errors import StoreError
from lamplighter_controller.store.engines import sqlite_url
from lamplighter_controller.store.records import DeviceRecord
from lamplighter_controller.store.sql import SqlStore
from lamplighter_demo.benchmarks.empty_database import check_empty, empty

from tests.simulators.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "bench.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


def test_each_part_begins_with_an_empty_database(url: str) -> None:
    check_empty(url)
    for _ in range(2):
        empty(url)
        store = SqlStore(url)
        store.add_device(DeviceRecord(id="cam"))  # a second one of the name would be refused
        store.close()


def test_a_database_that_holds_something_is_refused_and_left_as_it_is(url: str) -> None:
    store = SqlStore(url)
    store.add_device(DeviceRecord(id="cam"))
    with pytest.raises(StoreError, match=r"has tables .*createdb"):
        check_empty(url)
    assert store.device("cam").id == "cam"
    store.close()
