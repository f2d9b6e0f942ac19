"""The last entry of the audit log, noted beside the database: a tail that is cut off is missed."""

import logging
import threading
from pathlib import Path

import msgspec
from lamplighter_wire.files import write_atomically

from lamplighter_controller.domain.audit.chain import Head
from lamplighter_controller.errors import DamagedError

log = logging.getLogger(__name__)
HEAD_FILE = "audit-head.json"  # in the data folder


class HeadFile:
    """Safe to use from any thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / HEAD_FILE
        self._lock = threading.Lock()
        self._written = 0

    def write(self, head: Head) -> None:
        """Note it unless a later one is noted; a disk that is full leaves the one of before."""
        with self._lock:
            if head.number <= self._written:
                return
            try:
                write_atomically(self._path, [msgspec.json.encode(head)])
            except OSError as error:
                log.warning("the head of the audit log is not noted: %s", error)
                return
            self._written = head.number

    def read(self) -> Head | None:
        """None where there is none.

        Raises:
            DamagedError: there is a file, but no head in it.
        """
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Head)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, OSError) as error:
            raise DamagedError(f"{self._path} cannot be read ({error}); see an export") from error
