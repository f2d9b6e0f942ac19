"""One controller for one data folder."""

import fcntl
import os
from fnmatch import fnmatch
from pathlib import Path

from lamplighter_controller.errors import ConflictError

LOCK_FILE = "controller.lock"
# Patterns of whatever a controller, and commands for one, keep in its data folder.
DATA_FILES = (
    *(
        "controller.*",
        "admin.token",
        "steady-time",
        "pki",
        "broker",
        "artifacts",
        "workshop",
        "models",
    ),
    *("sites", "*.damaged"),
)
# What else lies in the folder that is the default of all commands.
BESIDE = ("demo", "onboarding", "recompression", "controller", "simulated", "lost+found")


class FolderLock:
    """Held by the controller of a data folder; its end releases it, however it comes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        self._handle = -1

    def acquire(self) -> "FolderLock":
        """Hold it from now on.

        Raises:
            ConflictError: another process does, or the folder holds only what is not ours.
        """
        _check_ours(self._path.parent)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(handle, 20).decode() or "unknown"
            os.close(handle)
            raise ConflictError(
                f"a controller (process {holder}) runs with the data of {self._path.parent};"
                " stop it first, or name another folder with --data"
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._handle = handle
        return self

    def release(self) -> None:
        """Let another have it; safe to call twice."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


def _check_ours(folder: Path) -> None:
    """A controller fills its data folder, and lets nobody else read it.

    Raises:
        ConflictError: there are things in it, and none of them is a controller's.
    """
    names = [path.name for path in folder.iterdir()]
    if any(fnmatch(name, pattern) for name in names for pattern in DATA_FILES):
        return
    if not set(names) <= set(BESIDE):
        raise ConflictError(
            f"{folder} holds files that no controller has left there;"
            " name a new or empty folder with --data"
        )
