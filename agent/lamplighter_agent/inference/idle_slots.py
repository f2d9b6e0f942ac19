"""The gaps between frames, for work beside serving."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lamplighter_wire.clock import Clock


class IdleSlots:
    """Lets trials run between frames. `turn` is held by whoever runs an engine."""

    # Without frames (source lost) a trial goes on after this long.
    PATIENCE_S = 0.3

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.turn = threading.RLock()
        self._offered = threading.Condition()
        self._until = 0.0

    def offer(self, seconds: float) -> None:
        """The serve loop will be idle for so long."""
        with self._offered:
            self._until = self._clock.monotonic() + seconds
            self._offered.notify_all()

    def fits(self, needed_s: float) -> bool:
        """Whether so much is left of the gap."""
        with self._offered:
            return self._until - self._clock.monotonic() >= needed_s

    @contextmanager
    def use(self, needed_s: float) -> Iterator[None]:
        """Wait for the gap after a frame, then run. One pair per gap at least, more if they fit."""
        with self._offered:
            if self._until - self._clock.monotonic() < needed_s:
                self._offered.wait(self.PATIENCE_S)
        with self.turn:
            yield
