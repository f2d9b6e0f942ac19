"""The machine's clock, corrected by what the controller has said where it is far off."""

import logging
import threading
from collections.abc import Callable

from lamplighter_wire.clock import Clock, SystemClock
from lamplighter_wire.words import device_events

from lamplighter_agent.link.time_spent import EARLIEST_S, MOST_APART_S

log = logging.getLogger(__name__)

# What was asked in vain is not asked again with every order.
ASKED_AGAIN_S = 600.0
DAY_S = 86_400.0


class BelievedClock:
    """Says the machine's time, unless that is known to be wrong; then what it ought to be.

    Once somebody sets the machine's clock right, that counts again by itself.
    """

    def __init__(self, system: Clock | None = None) -> None:
        self._system = system or SystemClock()
        self._lock = threading.Lock()
        self._zero_s: float | None = None  # wall time at zero of the monotonic clock, as told
        self._is_doubted = False
        self.tell: Callable[[str], object] = log.warning
        """Whom to tell that the machine's clock is wrong."""

    @property
    def is_doubted(self) -> bool:
        """Whether somebody should ask what time it is."""
        return self._is_doubted or self.time() < EARLIEST_S

    @property
    def is_corrected(self) -> bool:
        """Whether the machine's clock is known to be far off."""
        return abs(self.time() - self._system.time()) > MOST_APART_S

    def doubt(self) -> None:
        """Something signed does not go with the time it says."""
        self._is_doubted = True

    def believe(self, at: float) -> None:
        """It is wall time `at` (seconds) now, by a word that can be believed."""
        wrong_s = self._system.time() - at
        with self._lock:
            self._is_doubted = False
            self._zero_s = at - self._system.monotonic()
        if abs(wrong_s) > MOST_APART_S:
            self.tell(device_events.clock_corrected(wrong_s / DAY_S))

    def time(self) -> float:
        """Wall time in seconds."""
        shown_s = self._system.time()
        with self._lock:
            if self._zero_s is None:
                return shown_s
            told_s = self._zero_s + self._system.monotonic()
        return shown_s if abs(shown_s - told_s) <= MOST_APART_S else told_s

    def monotonic(self) -> float:
        """Seconds from some moment on, whatever clock is set."""
        return self._system.monotonic()

    def sleep(self, seconds: float) -> None:
        """Rest."""
        self._system.sleep(seconds)


def doubting(clock: Clock, reconnect: Callable[[], None]) -> Callable[[], bool]:
    """What to call with an order that the clock finds too old: whether it was worth a question.

    A connection that begins asks the time; what the broker has kept comes again with it.
    """
    asked_at = float("-inf")

    def doubt() -> bool:
        nonlocal asked_at
        if not isinstance(clock, BelievedClock) or clock.monotonic() < asked_at + ASKED_AGAIN_S:
            return False
        asked_at = clock.monotonic()
        clock.doubt()
        reconnect()
        return True

    return doubt
