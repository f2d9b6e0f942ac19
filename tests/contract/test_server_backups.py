"""Backups of a controller whose database a PostgreSQL server keeps."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from lamplighter_controller.backups import restore as module
from lamplighter_controller.backups.backup import back_up
from lamplighter_controller.backups.contents import checked
from lamplighter_controller.backups.restore import restore
from lamplighter_controller.backups.server_dump import connection_variables, pour
from lamplighter_controller.backups.upgrade import bring_up, look
from lamplighter_controller.errors import ConflictError, StoreError
from lamplighter_controller.store.engines import make_engine
from lamplighter_controller.store.migrate import newest_revision, upgrade

from tests.simulators.postgres import PostgresServer

OLD = "0027"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data/pki").mkdir(parents=True)
    (tmp_path / "data/pki/signing.key").write_bytes(b"secret")
    return tmp_path / "data"


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """A database as an older version left it, with a row in it."""
    url = postgres.new_database()
    run(url, lambda engine: upgrade(engine, OLD))
    run(url, lambda engine: statement(engine, "CREATE TABLE told (name TEXT)"))
    run(url, lambda engine: statement(engine, "INSERT INTO told VALUES ('süd')"))
    return url


def run(url: str, what: Callable[[sa.Engine], None]) -> None:
    engine = make_engine(url)
    what(engine)
    engine.dispose()


def statement(engine: sa.Engine, text: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(text)


def told(url: str) -> list[str]:
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM told").scalars().all()
    engine.dispose()
    return list(rows)


def test_what_an_upgrade_changed_can_be_taken_back(
    data: Path, url: str, tmp_path: Path, postgres: PostgresServer
) -> None:
    file = tmp_path / "before.tar"
    bring_up(data, url, file, 1.0, lambda _: None)
    assert look(data, url).found == newest_revision()
    assert checked(file).has_dump
    another = postgres.new_database()
    restore(file, tmp_path / "back", another)
    assert (tmp_path / "back/pki/signing.key").read_bytes() == b"secret"
    assert not list((tmp_path / "back").glob("*.dump"))
    assert look(tmp_path / "back", another).found == OLD
    assert told(another) == ["süd"]


def test_nothing_is_poured_over_what_is_there(data: Path, url: str, tmp_path: Path) -> None:
    file = tmp_path / "before.tar"
    bring_up(data, url, file, 1.0, lambda _: None)
    with pytest.raises(ConflictError, match="holds tables"):
        restore(file, tmp_path / "back", url)
    assert not (tmp_path / "back").exists()
    assert told(url) == ["süd"]


def test_a_restore_that_was_cut_off_when_the_database_was_full_goes_on(
    data: Path,
    url: str,
    tmp_path: Path,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, another = tmp_path / "before.tar", postgres.new_database()
    bring_up(data, url, file, 1.0, lambda _: None)

    def cut_off(dumped: Path, database: str) -> None:
        pour(dumped, database)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "pour", cut_off)
        with pytest.raises(KeyboardInterrupt):
            restore(file, tmp_path / "back", another)
    assert not (tmp_path / "back").exists()
    restore(file, tmp_path / "back", another)
    assert told(another) == ["süd"]
    assert sorted(one.name for one in (tmp_path / "back").iterdir()) == ["pki"]


def test_what_the_tool_says_is_passed_on(data: Path, tmp_path: Path) -> None:
    away = f"postgresql://city:secret@/gone?host={tmp_path}"
    with pytest.raises(StoreError, match="No such file or directory") as caught:
        back_up(data, tmp_path / "b.tar", 1.0, lambda _: None, database=away)
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "b.tar").exists()


def test_a_password_goes_by_the_environment() -> None:
    found = connection_variables("postgresql://city:p%40ss@db.example:5433/lights?sslmode=require")
    assert found == {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "city",
        "PGPASSWORD": "p@ss",
        "PGDATABASE": "lights",
        "PGSSLMODE": "require",
    }
