"""Make a data folder of a backup. Nothing is written before all of it is known to be right."""

import shutil
from io import BytesIO
from pathlib import Path

import msgspec
from lamplighter_wire.files import make_folder, sync_folder, sync_tree, write_atomically

from lamplighter_controller.backups.contents import (
    DUMP,
    MANIFEST,
    Contents,
    checked,
    hashed,
    read_backup,
)
from lamplighter_controller.backups.server_dump import check_empty, pour, tables_of
from lamplighter_controller.errors import ConflictError

# Marks what a restore that was cut off has left: nobody else's folder is ever removed.
MARK = ".lamplighter-restore"


def restore(backup: Path, data: Path, database: str = "") -> Contents:
    """Make `data`, which is not there yet or empty, what was backed up.

    It appears at once, when all of it is on disk, and a server's database is filled.

    Args:
        database: URL of the empty one of a server, for a backup that holds a dump; empty: the
            dump is left out.

    Raises:
        DamagedError: the backup is not in order.
        ConflictError: something is in the folder, in the database, or in the way.
        NotFoundError, StoreError: the server's database cannot be filled; the folder is not there.
        OSError: the backup cannot be read, or the folder not be written.
    """
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise ConflictError(
            f"{data} holds something; name another folder with --data, or move it away"
        )
    contents = checked(backup)
    work = data.with_name(data.name + ".restoring")
    former = _empty(work)
    for name, _size, content in read_backup(backup):
        if name != MANIFEST:
            target = work / name
            make_folder(target.parent)
            with target.open("wb") as file:
                shutil.copyfileobj(content, file)
            target.chmod(0o600)
    sync_tree(work)
    if contents.has_dump and database:
        _fill(work, database, hashed(BytesIO(msgspec.json.encode(contents))), former)
    (work / DUMP).unlink(missing_ok=True)
    if data.exists():
        data.rmdir()
    work.replace(data)
    sync_folder(data.parent)
    (data / MARK).unlink()
    return contents


def _fill(work: Path, database: str, backup: str, former: str) -> None:
    """The mark says whose dump is on its way into a database that was empty: it comes in one
    transaction, so whatever is there when such a restore is taken up again is all of it."""
    if former == backup and tables_of(database):
        return
    check_empty(database)
    write_atomically(work / MARK, [backup.encode()])
    pour(work / DUMP, database)


def _empty(work: Path) -> str:
    """What the mark said of a restore that was cut off; empty: there was none."""
    former = ""
    if work.exists():
        if not (work / MARK).exists():
            raise ConflictError(f"{work} is in the way; move it away")
        former = (work / MARK).read_text()
        shutil.rmtree(work)
    make_folder(work)
    work.chmod(0o700)
    write_atomically(work / MARK, [former.encode()])
    return former
