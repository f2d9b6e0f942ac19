"""One controller for one data folder."""

import fcntl
import os
from pathlib import Path

from lamplighter_controller.errors import ConflictError

LOCK_FILE = "controller.lock"


class FolderLock:
    """Held by the controller of a data folder; its end releases it, however it comes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        self._handle = -1

    def acquire(self) -> "FolderLock":
        """Hold it from now on.

        Raises:
            ConflictError: another process does.
        """
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
