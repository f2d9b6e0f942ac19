"""When the next frame is due."""

from lamplighter_wire.clock import Clock


class Pacer:
    """Slots at the demanded rate; a slot that passed while the device was busy is a dropped frame.

    A frame that nobody demanded is not missed: a device that is asked for 5 frames per second by a
    camera of 25 drops none when it serves 5.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: float | None = None

    def hasten(self, seconds: float) -> None:
        """The next slot comes this soon, if it is not due before."""
        soon = self._clock.monotonic() + seconds
        self._next = soon if self._next is None else min(self._next, soon)

    def excuse(self) -> None:
        """The camera has kept us waiting: slots that passed meanwhile are not missed."""
        now = self._clock.monotonic()
        self._next = now if self._next is None else max(self._next, now)

    def wait(self, fps: float) -> int:
        """Sleep until the next slot; the number of slots missed since the last call."""
        period = 1.0 / max(fps, 0.01)
        now = self._clock.monotonic()
        if self._next is None:
            self._next = now
        missed = max(int((now - self._next) / period), 0)
        slot = self._next + missed * period
        if slot > now:
            self._clock.sleep(slot - now)
        self._next = slot + period
        return missed
