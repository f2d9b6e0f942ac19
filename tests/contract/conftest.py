"""Databases for the tests of the store."""

from pathlib import Path

import pytest
from lamplighter_controller.store.engines import sqlite_url

from tests.simulators.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "controller.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()
