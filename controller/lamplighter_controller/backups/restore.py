"""Make a data folder of a backup. Nothing is written before all of it is known to be right."""

import shutil
from pathlib import Path

from lamplighter_wire.files import make_folder, sync_folder, sync_tree

from lamplighter_controller.backups.contents import MANIFEST, Contents, checked, read_backup
from lamplighter_controller.errors import ConflictError

# Marks what a restore that was cut off has left: nobody else's folder is ever removed.
MARK = ".lamplighter-restore"


def restore(backup: Path, data: Path) -> Contents:
    """Make `data`, which is not there yet or empty, what was backed up.

    It appears at once, when all of it is on disk.

    Raises:
        DamagedError: the backup is not in order.
        ConflictError: something is in the folder, or in the way.
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
    if data.exists():
        data.rmdir()
    work.replace(data)
    sync_folder(data.parent)
    (data / MARK).unlink()
    return contents


def _empty(work: Path) -> None:
    if work.exists():
        if not (work / MARK).exists():
            raise ConflictError(f"{work} is in the way; move it away")
        shutil.rmtree(work)
    make_folder(work)
    work.chmod(0o700)
    (work / MARK).touch()
