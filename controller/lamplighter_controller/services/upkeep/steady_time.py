"""What time it is for whoever deletes: a clock that has leapt ahead is not believed at once."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lamplighter_wire.clock import Clock
from lamplighter_wire.files import write_atomically

log = logging.getLogger(__name__)

# As far as a clock is corrected, or a rest between two looks lasts, without a thought.
TOLERANCE_S = 3600.0
# A clock that has been ahead by the same for so long is right: the controller had been off.
BELIEVED_S = 86_400.0
FILE = "steady-time"


class SteadyTime:
    """Wall time in seconds that goes on as the monotonic clock does.

    A clock that is behind is followed at once, since nothing is too old by it; one that is further
    ahead than it can be, once that has lasted for a day.

    Args:
        load: the steady time of the last look, over restarts; None where there was none.
        keep: is given that of each look.
    """

    def __init__(
        self, clock: Clock, load: Callable[[], float | None], keep: Callable[[float], None]
    ) -> None:
        self._clock, self._keep = clock, keep
        last, now = load(), clock.time()
        self._time = now if last is None else min(now, last)
        self._looked_at = clock.monotonic()
        self._lead_s = 0.0
        self._ahead_since: float | None = None  # monotonic
        if last is None:
            keep(now)

    def time(self) -> float:
        """Look at the clocks."""
        now, monotonic = self._clock.time(), self._clock.monotonic()
        self._time += monotonic - self._looked_at
        self._looked_at = monotonic
        if now - self._time <= TOLERANCE_S or self._is_believed(now - self._time, monotonic):
            self._time, self._ahead_since = now, None
        self._keep(self._time)
        return self._time

    def _is_believed(self, lead_s: float, monotonic: float) -> bool:
        if self._ahead_since is None or abs(lead_s - self._lead_s) > TOLERANCE_S:
            log.warning("the clock is %.0f s ahead: for a day nothing is deleted by it", lead_s)
            self._ahead_since, self._lead_s = monotonic, lead_s
        return monotonic - self._ahead_since >= BELIEVED_S


def kept_time(folder: Path) -> tuple[Callable[[], float | None], Callable[[float], None]]:
    """How to load and keep a time in a file of a folder; one that cannot be used is none."""
    path = folder / FILE

    def load() -> float | None:
        try:
            return float(path.read_text())
        except (OSError, ValueError):
            return None

    def keep(time: float) -> None:
        with suppress(OSError):
            write_atomically(path, [f"{time:.0f}\n".encode()])

    return load, keep
