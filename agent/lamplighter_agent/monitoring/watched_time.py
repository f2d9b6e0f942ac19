"""How much of a window was watched: seconds that frames vouch for, and those without a camera."""

from typing import NamedTuple

from lamplighter_wire.clock import Clock

# A frame vouches for the time since the one before, up to so much: the slowest rates are served
# that rarely, and what is longer is a pause.
LONGEST_S = 5.0


class Watched(NamedTuple):
    """Seconds of a window; what is neither was not served, or its frames failed."""

    watched_s: float
    lost_s: float


class WatchedTime:
    """Told at each step what became of it. A step without a frame from a camera that is well is
    not told: the next frame vouches for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.monotonic()
        self._watched_s = self._lost_s = 0.0

    def looked(self) -> None:
        """A frame was looked at, or nothing moved in it."""
        self._watched_s += min(self._passed_s(), LONGEST_S)

    def lost(self) -> None:
        """The camera gives nothing."""
        self._lost_s += self._passed_s()

    def passed_over(self) -> None:
        """A frame came, and nothing looked at it."""
        self._passed_s()

    def take(self, seconds: float) -> Watched:
        """Those of the window that ends, which is so long; what exceeds it belongs to the next."""
        watched_s, lost_s = min(self._watched_s, seconds), min(self._lost_s, seconds)
        self._watched_s -= watched_s
        self._lost_s -= lost_s
        return Watched(watched_s, min(lost_s, seconds - watched_s))

    def _passed_s(self) -> float:
        last, self._last = self._last, self._clock.monotonic()
        return self._last - last
