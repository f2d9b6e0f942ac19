"""The working folder of a demo or benchmark: emptied at its start, if it is one of ours."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lamplighter_wire.errors import os_error_text

from lamplighter_demo.errors import DemoError

MARK = ".lamplighter-work"
MARK_TEXT = b"Lamplighter's demo and benchmarks empty this folder when they start.\n"


@contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """An empty folder with our mark, held by this run until the block ends; its full path.

    What is in it is deleted only where an earlier run has left the mark.

    Raises:
        DemoError: it holds files of others, another run uses it, or it cannot be written. Nothing
            was deleted.
    """
    place = folder.resolve()
    try:
        mark = _claimed(place)
    except OSError as error:
        raise DemoError(f"--folder: {os_error_text(error, place)}") from error
    try:
        _empty(place)
        yield place
    finally:
        os.close(mark)


def _claimed(folder: Path) -> int:
    """Its mark, locked; made where the folder is new or empty."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MARK).is_file() and any(folder.iterdir()):
        raise DemoError(
            f"{folder} holds files that no demo or benchmark has left there, so it is not emptied;"
            " name a new or empty folder with --folder"
        )
    mark = os.open(folder / MARK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(mark)
        raise DemoError(
            f"another run works in {folder}; wait for it, or name another folder with --folder"
        ) from error
    os.pwrite(mark, MARK_TEXT, 0)
    return mark


def _empty(folder: Path) -> None:
    try:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != MARK:
                path.unlink()
    except OSError as error:
        raise DemoError(f"{folder} cannot be emptied: {os_error_text(error, folder)}") from error
