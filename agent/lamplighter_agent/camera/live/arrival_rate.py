"""How many frames a camera gives, by when they come: what it says of itself is often not so."""

from collections import deque

SPAN_S = 10.0  # what the rate is measured over
LEAST_SPAN_S = 4.0
LEAST_FRAMES = 3
# What a connection has gathered before it was opened comes in a burst.
SETTLING_S = 1.0


class ArrivalRate:
    """Frames per second over the last seconds. Times are in seconds of one steady clock."""

    def __init__(self) -> None:
        self.fps = 0.0  # 0 before it was measured once
        self._opened_s: float | None = None
        self._times_s: deque[float] = deque()

    def open(self, now_s: float) -> None:
        """A connection begins; what was measured before holds until there is more."""
        self._opened_s = now_s
        self._times_s.clear()

    def add(self, now_s: float) -> None:
        """A frame has come."""
        if self._opened_s is None or now_s - self._opened_s < SETTLING_S:
            return
        times = self._times_s
        times.append(now_s)
        while now_s - times[0] > SPAN_S and len(times) > LEAST_FRAMES:
            times.popleft()
        span_s = now_s - times[0]
        if span_s >= LEAST_SPAN_S and len(times) >= LEAST_FRAMES:
            self.fps = (len(times) - 1) / span_s
