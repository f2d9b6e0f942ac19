"""What devices sent beyond their share or out of form: an operator sees whose fault it is."""

import threading
from collections import Counter
from collections.abc import Mapping

FORGOTTEN_S = 3600.0
MOST_DEVICES = 10_000  # of whom something is remembered; a name costs an enrolment


class Misconduct:
    """Counts by device and kind, each for an hour after the last time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        self._last_at: dict[str, float] = {}

    def note(self, device: str, kind: str, now: float, count: int = 1) -> None:
        """It happened at monotonic time `now`."""
        with self._lock:
            if device not in self._counts and len(self._counts) >= MOST_DEVICES:
                return
            if now - self._last_at.get(device, now) > FORGOTTEN_S:
                self._counts.pop(device, None)
            self._counts.setdefault(device, Counter())[kind] += count
            self._last_at[device] = now

    def totals(self) -> Mapping[tuple[str, str], int]:
        """(device, kind) -> how often, of all that is remembered."""
        with self._lock:
            return {
                (device, kind): count
                for device, counts in self._counts.items()
                for kind, count in counts.items()
            }

    def recent(self, device: str, now: float) -> Mapping[str, int]:
        """Kind -> how often, of a device that did so within the last hour."""
        with self._lock:
            if device not in self._counts:
                return {}
            if now - self._last_at[device] > FORGOTTEN_S:
                del self._counts[device], self._last_at[device]
                return {}
            return dict(self._counts[device])
