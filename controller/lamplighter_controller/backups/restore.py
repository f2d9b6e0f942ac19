"""Make a data folder of a backup. Nothing is written before all of it is known to be right."""

import shutil
from pathlib import Path

from lamplighter_wire.files import make_folder, sync_folder, sync_tree

from lamplighter_controller.backups.contents import DUMP, MANIFEST, Contents, checked, read_backup
from lamplighter_controller.backups.server_dump import pour
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
    _empty(work)
    for name, _size, content in read_backup(backup):
        if name != MANIFEST:
            target = work / name
            make_folder(target.parent)
            with target.open("wb") as file:
                shutil.copyfileobj(content, file)
            target.chmod(0o600)
    sync_tree(work)
    _fill(work / DUMP, database)
    if data.exists():
        data.rmdir()
    work.replace(data)
    sync_folder(data.parent)
    (data / MARK).unlink()
    return contents


def _fill(dumped: Path, database: str) -> None:
    if dumped.exists() and database:
        pour(dumped, database)
    dumped.unlink(missing_ok=True)


def _empty(work: Path) -> None:
    if work.exists():
        if not (work / MARK).exists():
            raise ConflictError(f"{work} is in the way; move it away")
        shutil.rmtree(work)
    make_folder(work)
    work.chmod(0o700)
    (work / MARK).touch()
