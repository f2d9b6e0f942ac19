"""An upgrade is seen beforehand, has a way back, and does nothing by halves."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from lamplighter_controller.backups import upgrade as module
from lamplighter_controller.backups.restore import restore
from lamplighter_controller.backups.upgrade import bring_up, look
from lamplighter_controller.errors import (
    ConflictError,
    DamagedError,
    NotFoundError,
    StoreError,
)
from lamplighter_controller.folder_lock import FolderLock
from lamplighter_controller.store.engines import make_engine, sqlite_url
from lamplighter_controller.store.migrate import newest_revision, upgrade

OLD, AT = "0027", 1.8e9


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Of an older version."""
    folder = tmp_path / "data"
    (folder / "pki").mkdir(parents=True)
    (folder / "pki/signing.key").write_bytes(b"secret")
    engine = make_engine(url_of(folder))
    upgrade(engine, OLD)
    engine.dispose()
    return folder


def url_of(folder: Path) -> str:
    return sqlite_url(folder / "controller.db")


def schema(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "controller.db")) as db:
        return str(db.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def brought_up(data: Path, *, is_dumped: bool = False, url: str = "") -> module.Upgrade:
    file = data.parent / "before.tar"
    return bring_up(data, url or url_of(data), file, AT, lambda _: None, is_dumped=is_dumped)


def test_what_would_be_done_is_told_and_not_done(data: Path) -> None:
    running = FolderLock(data).acquire()
    todo = look(data, url_of(data))
    assert (todo.found, todo.newest) == (OLD, newest_revision())
    assert [step.revision for step in todo.steps][:2] == ["0028", "0031"]
    assert all(step.about for step in todo.steps)
    assert schema(data) == OLD
    running.release()


def test_it_is_done_once_and_can_be_taken_back(data: Path, tmp_path: Path) -> None:
    assert brought_up(data).found == OLD
    assert schema(data) == newest_revision()
    restore(tmp_path / "before.tar", tmp_path / "back")
    assert schema(tmp_path / "back") == OLD
    again = brought_up(data)
    assert (again.found, again.steps) == (newest_revision(), [])


def test_not_while_a_controller_runs(data: Path, tmp_path: Path) -> None:
    running = FolderLock(data).acquire()
    with pytest.raises(ConflictError, match="stop it first"):
        brought_up(data)
    assert not (tmp_path / "before.tar").exists()
    running.release()


def test_a_later_database_and_an_empty_folder_are_told(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "controller.db")) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    with pytest.raises(StoreError, match="install that version or a later one"):
        brought_up(data)
    with pytest.raises(NotFoundError, match="--data"):
        look(tmp_path / "other", url_of(data))


def test_no_backup_is_overwritten(data: Path, tmp_path: Path) -> None:
    (tmp_path / "before.tar").write_bytes(b"older")
    with pytest.raises(ConflictError, match="--backup"):
        brought_up(data)
    assert (tmp_path / "before.tar").read_bytes() == b"older"
    assert schema(data) == OLD


def test_where_it_fails_the_database_is_as_it_was(data: Path, tmp_path: Path) -> None:
    """A table of the newer schema is there already, by whatever accident."""
    with closing(sqlite3.connect(data / "controller.db")) as db:
        db.execute("CREATE TABLE attention_marks (id INTEGER)")
        db.commit()
    with pytest.raises(StoreError):
        brought_up(data)
    assert schema(data) == OLD
    assert (tmp_path / "before.tar").exists()
    FolderLock(data).acquire().release()


def test_rows_that_lost_what_they_belong_to_are_told(data: Path) -> None:
    with closing(sqlite3.connect(data / "controller.db")) as db:
        db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
        db.execute("CREATE TABLE b (a INTEGER REFERENCES a (id))")
        db.execute("INSERT INTO b VALUES (7)")
        db.commit()
    with pytest.raises(DamagedError, match=r"before\.tar"):
        brought_up(data)
