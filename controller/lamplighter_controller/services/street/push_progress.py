"""Up to when the counts of each device were posted, in a file.

What is lost with it is posted again, and entities are the same then: nobody counts twice.
"""

import json
import logging
from pathlib import Path

from lamplighter_wire.files import write_atomically

log = logging.getLogger(__name__)


class PushProgress:
    """Wall-clock seconds by device. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._until = _read(path)

    def until(self, device: str, default: float) -> float:
        """The end of what was posted of a device."""
        return self._until.get(device, default)

    def save(self, devices: dict[str, float]) -> None:
        """These are posted up to there; on disk when it returns."""
        self._until |= devices
        write_atomically(self._path, [json.dumps(self._until).encode()])


def _read(path: Path) -> dict[str, float]:
    try:
        kept = json.loads(path.read_text())
        return {str(device): float(until) for device, until in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        log.warning("%s cannot be read (%s): the last hours are posted again", path, error)
        return {}
