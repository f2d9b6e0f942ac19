"""What is in the database and cannot be read: it is set aside and reported, and ends nothing."""

import logging
import threading
from typing import Any

import msgspec

log = logging.getLogger(__name__)

# A damaged table must not fill memory with the names of its rows.
MOST_NOTED = 1000


class Unreadable:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[str, str] = {}

    def note(self, what: str, error: Exception) -> None:
        """Log it the first time."""
        with self._lock:
            is_known = what in self._noted or len(self._noted) >= MOST_NOTED
            if not is_known:
                self._noted[what] = str(error)
        if not is_known:
            log.error("set aside, it cannot be read: %s (%s)", what, error)

    def noted(self) -> dict[str, str]:
        """What could not be read since the process began, and why."""
        with self._lock:
            return dict(self._noted)


# Of the process: rows are read in many places, and each is reported once.
UNREADABLE = Unreadable()


def default_of(kind: type[msgspec.Struct], name: str) -> Any:
    """What a field is where nothing is said of it.

    Raises:
        KeyError: it has no default.
    """
    field = next(f for f in msgspec.structs.fields(kind) if f.name == name)
    if field.default is not msgspec.NODEFAULT:
        return field.default
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    raise KeyError(name)
