"""Notices a serve thread that has ended, or stands in what does not return."""

from collections import deque
from typing import NamedTuple, Protocol

from lamplighter_wire.clock import Clock

# A thread that ends this often within so long is not mended by another one.
MOST_ENDS, ENDS_WITHIN_S = 5, 60.0


class Beating(Protocol):
    """A loop that says when it last began a step, by the clock that is never set."""

    @property
    def beat_at(self) -> float: ...


class Trouble(NamedTuple):
    """What is wrong, in words; whether another thread would not help."""

    text: str
    needs_restart: bool


class ServeWatch:
    """Judges serve loops. `stands_s`: without a step for so long a loop stands; 0: never."""

    def __init__(self, clock: Clock, stands_s: float) -> None:
        self._clock, self._stands_s = clock, stands_s
        self._ends: deque[float] = deque(maxlen=MOST_ENDS)

    @property
    def now(self) -> float:
        """By the clock of the loops."""
        return self._clock.monotonic()

    def trouble(self, loop: Beating, is_alive: bool) -> Trouble | None:
        """None while all is well."""
        now = self._clock.monotonic()
        if not is_alive:
            self._ends.append(now)
            return self._ended(now)
        stood_s = now - loop.beat_at
        if 0 < self._stands_s < stood_s:
            text = f"serving has stood for {stood_s:.0f} s; the agent starts anew"
            return Trouble(text, needs_restart=True)
        return None

    def _ended(self, now: float) -> Trouble:
        if len(self._ends) == MOST_ENDS and now - self._ends[0] < ENDS_WITHIN_S:
            text = f"serving has ended {MOST_ENDS} times; the agent starts anew"
            return Trouble(text, needs_restart=True)
        return Trouble("serving has ended, and goes on; see the log", needs_restart=False)
