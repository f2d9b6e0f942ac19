"""Bring a controller's data to the version that is installed, with a backup of how it was.

A controller does the same at each start, without a backup. Here an operator sees beforehand what
would be done, and has a way back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from lamplighter_controller.backups.backup import KEYS, Notify, back_up
from lamplighter_controller.errors import ConflictError, DamagedError, NotFoundError
from lamplighter_controller.folder_lock import FolderLock
from lamplighter_controller.store.engines import make_engine
from lamplighter_controller.store.migrate import Step, found_revision, steps_from, upgrade


@dataclass(frozen=True)
class Upgrade:
    """What there is to do: migrations from the schema `found` on, the oldest first."""

    found: str
    steps: Sequence[Step]

    @property
    def newest(self) -> str:
        """The schema that there is afterwards."""
        return self.steps[-1].revision if self.steps else self.found


def look(data: Path, database: str) -> Upgrade:
    """What an upgrade would do; changes nothing, whether or not a controller runs.

    Raises:
        NotFoundError: there is no controller's data in the folder.
        StoreError: the database cannot be used, or is of a later version than this program.
    """
    if not any(data.glob(KEYS)):
        raise NotFoundError(f"no controller has kept data in {data}; name its folder with --data")
    engine = make_engine(database)
    try:
        with engine.connect() as connection:
            found = found_revision(connection)
        return Upgrade(found, steps_from(found))
    finally:
        engine.dispose()


def bring_up(
    data: Path, database: str, backup: Path, now: float, notify: Notify, *, is_dumped: bool = False
) -> Upgrade:
    """Write the backup, then migrate in one transaction; neither, where there is nothing to do.

    Args:
        is_dumped: that a server's database has been copied by whoever asks, and is not again.

    Raises:
        ConflictError: a controller runs with this data, or the backup's name is taken.
        NotFoundError, StoreError: as `look`.
        DamagedError: the database is not in order, before or after; what was there is in `backup`.
        OSError: the backup cannot be written.
    """
    todo = look(data, database)
    if not todo.steps:
        return todo
    if backup.exists():
        raise ConflictError(f"{backup} is there already; name another file with --backup")
    lock = FolderLock(data).acquire()
    engine = make_engine(database)
    try:
        notify(f"backup of schema {todo.found or 'none'} to {backup}")
        dumped = "" if is_dumped else database
        back_up(data, backup, now, notify, artifacts=False, database=dumped)
        notify(f"{len(todo.steps)} steps to schema {todo.newest}")
        upgrade(engine)
        _check_whole(engine, backup)
    finally:
        engine.dispose()
        lock.release()
    return todo


def _check_whole(engine: sa.Engine, backup: Path) -> None:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if said != "ok" or orphan:
        what = said if said != "ok" else f"a row of {orphan[0] if orphan else ''} has lost another"
        raise DamagedError(f"the migrated database is damaged ({what}); restore {backup}")
