"""The gaps between frames, for work beside serving."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lamplighter_wire.clock import Clock

from lamplighter_agent.inference.turn import Turn


class IdleSlots:
    """Lets trials run between frames. `turn` is held by whoever runs an engine."""

    # Without frames (source lost) a trial goes on after this long.
    PATIENCE_S = 0.3

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.turn = Turn()
        self._offered = threading.Condition()
        self._due: dict[str, float] = {}  # next frame of each stream

    def offer(self, seconds: float, stream: str = "") -> None:
        """The serve loop of a stream will be idle for so long."""
        with self._offered:
            self._due[stream] = self._clock.monotonic() + seconds
            self._offered.notify_all()

    def fits(self, needed_s: float) -> bool:
        """Whether so much is left of the gap until any stream's next frame."""
        with self._offered:
            return self._fits(needed_s)

    @contextmanager
    def use(self, needed_s: float) -> Iterator[None]:
        """Wait for the gap after a frame, then run. One pair per gap at least, more if they fit."""
        with self._offered:
            if not self._fits(needed_s):
                self._offered.wait(self.PATIENCE_S)
        with self.turn:
            yield

    def _fits(self, needed_s: float) -> bool:
        """A frame that is overdue is being served, or its camera is lost."""
        now = self._clock.monotonic()
        gaps = [due - now for due in self._due.values() if due >= now]
        return bool(gaps) and min(gaps) >= needed_s
